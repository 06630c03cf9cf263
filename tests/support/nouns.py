"""Any noun of the model, for properties: a strategy fills every field, also those that a noun gets one day."""

from dataclasses import fields

import shapely
from hypothesis import strategies as st

from gridplan.words import Message, Series

NAME = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=6)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=6)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
NUMBER = st.integers(-1000, 1000)
FLOAT = st.floats(-180, 180)
VALUE = st.none() | TEXT | NUMBER | FLOAT
MESSAGE = st.recursive(
    st.builds(Message, TEXT, st.dictionaries(TEXT, VALUE, max_size=3)),
    lambda inner: (
        st.builds(Message, TEXT, st.dictionaries(TEXT, VALUE | inner, max_size=2))
        | st.builds(Series, st.just("list"), items=st.lists(TEXT | inner, max_size=2).map(tuple))
    ),
    max_leaves=3,
)
DEGREE = st.integers(-180, 180)  # denormal numbers upset GEOS
BOX = st.tuples(DEGREE, DEGREE, DEGREE, DEGREE).map(lambda corners: shapely.box(*corners))
OF_TYPE = {
    "str": TEXT,
    "str | None": st.none() | TEXT,
    "tuple[str, ...]": TEXTS,
    "bool": st.booleans(),
    "int": NUMBER,
    "int | None": st.none() | NUMBER,
    "float": FLOAT,
    "float | None": st.none() | FLOAT,
    "date | None": st.none() | st.dates(),
    "Mapping[int, int] | None": st.none(),  # counts of where households were not read, which no plan keeps
    "Message": MESSAGE,
    "tuple[Message, ...]": st.lists(MESSAGE, max_size=2).map(tuple),
    "BaseGeometry | None": st.none() | BOX | st.builds(shapely.union, BOX, BOX),
    "Position": st.sampled_from(["exact", "hamlet"]),
    "Counted": st.just("registered"),  # how a town counts now is no part of a plan that is kept
}


def any_of(noun, **given):
    """Return a strategy that fills every field of a noun, also those that it gets one day."""
    return st.builds(noun, **{one.name: OF_TYPE[one.type] for one in fields(noun) if one.name not in given}, **given)


def many(strategy):
    return st.lists(strategy, max_size=3).map(tuple)
