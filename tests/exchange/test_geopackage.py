"""A plan written to plan.gpkg and read back: the same plan, whatever its people and places are called."""

import json
import math
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from xml.etree.ElementTree import fromstring

import geopandas as gpd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sample_towns import hostile_town, odd_village, town, village

from gridplan.errors import InputRefused, OutputRefused
from gridplan.exchange.geopackage import read_plan, write_plan
from gridplan.exchange.map_colours import PALETTE, TINTS
from gridplan.exchange.map_data import map_data
from gridplan.model import (
    Assignment,
    DrawnGrid,
    Household,
    Member,
    PartyGroup,
    Plan,
    PlanException,
    PlannedVillage,
    Shortage,
    SizeBounds,
    SplitHamlets,
    TownPlan,
)
from gridplan.verify import verify
from gridplan.words import LANGS, Message, series

LAYERS = {
    "grids": {
        "grid_id": "str",
        "village": "str",
        "number": "int64",
        "size": "int64",
        "lead": "str",
        "label": "str",
        "walk_m": "float64",
        "connected": "bool",
        "group_number": "int64",
        "within_bounds": "bool",
        "pieces": "int64",
        "tint": "int64",
    },
    "households": {
        "household_id": "str",
        "village": "str",
        "hamlet": "str",
        "name": "str",
        "door": "str",
        "grid_id": "str",
        "codes": "str",
        "position": "str",
        "outside_boundary": "bool",
    },
    "villages": {
        "village": "str",
        "households": "int64",
        "grids": "int64",
        "min_size": "int64",
        "max_size": "int64",
        "walk_m": "float64",
        "lower_bound_m": "float64",
        "gap": "float64",
        "boundary_given": "bool",
        "kept": "bool",
        "split_hamlets": "str",
        "bounds_count": "str",
        "town": "str",
        "code": "str",
        "listed_name": "str",
    },
    "exceptions": {
        "village": "str",
        "households": "int64",
        "hamlet": "str",
        "household_id": "str",
        "grid_id": "str",
        "reason": "str",
        "options": "str",
        "codes": "str",
    },
    "party_groups": {
        "village": "str",
        "number": "int64",
        "name": "str",
        "head": "str",
        "grids": "int64",
        "reason": "str",
        "options": "str",
        "codes": "str",
    },
}
GEOMETRIES = {"households": {"Point"}, "grids": {"Polygon", "MultiPolygon"}, "villages": {"Polygon", "MultiPolygon"}}
HOSTILE = [
    'O\'Brien "the" \\ 100%',
    "'; DROP TABLE households; --",
    '"); DELETE FROM grids; --',
    "<img src=x onerror=alert(1)>",
    "{village} %s {0}",
    "第一行\n第二行",
    "👨‍👩‍👧 家",
    "𫖯之",
    "  two  spaces  ",
    "NULL",
    "nan",
    "007",
]
REASONS = (
    Message("exception.size", {"n": 17, "village": "小塘村", "least": 10, "most": 15}),
    Message("exception.accept"),
    Message("exception.join", {"village": "'; DROP TABLE grids; --"}),
)


def listed_town():
    """Return the drawn town with an exception by village, one by hamlet and one by household."""
    first, *others, last = town().villages
    reason, *options = REASONS
    by_village = PlanException("小塘村", 17, reason, tuple(options))
    by_hamlet = PlanException(first.plan.village, 3, reason, (options[0],), hamlet="1组")
    by_household = PlanException(first.plan.village, 1, reason, (), household_id="石桥村0001")
    first = replace(first, exceptions=(by_hamlet, by_household), outside=("石桥村0003",))
    return TownPlan((first, *others, replace(last, exceptions=(by_village,))))


def alike(town):
    """Return a town without what a file does not keep, walks below a centimetre and whether a lone polygon is a
    multipolygon, as GIS programs want them all where one of a layer is; nan, which equals nothing, is None."""
    return replace(town, villages=tuple(map(alike_village, town.villages)))


def alike_village(village):
    homes = (replace(home, lon=None, lat=None) if math.isnan(home.lon) else home for home in village.plan.households)
    return replace(
        village,
        plan=replace(village.plan, households=tuple(homes)),
        boundary=lone(village.boundary),
        grids=tuple(
            replace(grid, walk_m=grid.walk_m and round(grid.walk_m, 2), outline=lone(grid.outline))
            for grid in village.grids
        ),
    )


def lone(shape):
    parts = () if shape is None else shapely.get_parts(shape)
    return parts[0] if len(parts) == 1 else shape


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "plan.gpkg"
    write_plan(listed_town(), path, "zh")
    return path


@pytest.fixture
def copy(file, tmp_path):
    return shutil.copy(file, tmp_path / "plan.gpkg")


def layer(path, name):
    return pyogrio.read_dataframe(path, layer=name)


# ---- there and back


def test_a_plan_comes_back_as_it_was(file):
    assert alike(read_plan(file)) == alike(listed_town())


def test_the_first_files_are_read_too(copy):
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("ALTER TABLE households DROP COLUMN codes")
        database.execute("ALTER TABLE villages DROP COLUMN split_hamlets")
        for fid, codes in database.execute("SELECT fid, codes FROM exceptions").fetchall():
            pairs = json.dumps([[one["code"], one["values"]] for one in json.loads(codes)])
            database.execute("UPDATE exceptions SET codes = ? WHERE fid = ?", (pairs, fid))
    first, now = read_plan(copy), listed_town()
    assert first.exceptions == now.exceptions
    for before, after in zip(first.villages, now.villages, strict=True):
        assert before.plan.grid_of == after.plan.grid_of
        assert before.plan.left_out == dict.fromkeys(after.plan.left_out, Message("town.in_no_grid"))
        assert before.split_hamlets == ()


def test_walks_are_kept_to_the_centimetre(tmp_path):
    drawn = village("柳村", 0, 0, 1, 5)
    odd = replace(drawn, grids=tuple(replace(grid, walk_m=100 / 3) for grid in drawn.grids))
    write_plan(TownPlan((odd,)), tmp_path / "plan.gpkg", "en")
    assert [grid.walk_m for grid in read_plan(tmp_path / "plan.gpkg").villages[0].grids] == [33.33, 33.33]


def test_a_plan_replaces_the_one_before(copy):
    write_plan(hostile_town(), copy, "en")
    assert alike(read_plan(copy)) == alike(hostile_town())


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30))
def test_any_text_comes_back_as_it_was(tmp_path, text):
    drawn = odd_village(text)
    first, *others = drawn.plan.households
    renamed = replace(first, name=text, door=text, hamlet=text)
    written = TownPlan((replace(drawn, plan=replace(drawn.plan, households=(renamed, *others))),))
    write_plan(written, tmp_path / "plan.gpkg", "en")
    assert alike(read_plan(tmp_path / "plan.gpkg")) == alike(written)


NAMES = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=8)
OPTIONAL = st.none() | NAMES
MESSAGES = st.builds(Message, st.sampled_from(["exception.accept", "exception.leave_out"])) | st.builds(
    Message, st.just("exception.join"), st.fixed_dictionaries({"village": NAMES | st.builds(series, st.lists(NAMES))})
)
METRES = st.integers(0, 10**7).map(lambda centimetres: centimetres / 100)


@st.composite
def villages(draw, name):
    count, grids = draw(st.integers(2, 5)), draw(st.integers(1, 2))
    ids = [f"{name}{number}" for number in range(count)]
    drawn = village(name, 0, 0, 1, 5)
    homes = st.builds(
        Household, st.sampled_from(ids), st.just(name), st.sampled_from([119.43, math.nan]), st.just(31.4),
        name=OPTIONAL, door=OPTIONAL, hamlet=OPTIONAL, position=st.sampled_from(["exact", "hamlet"]),
    ).map(lambda home: replace(home, lat=math.nan) if math.isnan(home.lon) else home)  # fmt: skip
    grid_of = {id_: draw(st.integers(1, grids)) for id_ in ids[1:]}
    exceptions = st.builds(
        PlanException, st.just(name), st.integers(1, 99), MESSAGES, st.lists(MESSAGES).map(tuple), OPTIONAL,
        st.none() | st.sampled_from(ids), st.none() | st.integers(1, grids),
    )  # fmt: skip
    hamlets = st.lists(NAMES).map(tuple)
    split = st.builds(SplitHamlets, hamlets, st.floats(0, 1e6), st.booleans(), st.integers(-9, 9))
    return PlannedVillage(
        plan=Plan(
            name, tuple(replace(draw(homes), household_id=id_) for id_ in ids), grid_of, {ids[0]: draw(MESSAGES)}
        ),
        bounds=SizeBounds(draw(st.integers(1, 9)), draw(st.integers(10, 19))),
        boundary=draw(st.sampled_from([None, drawn.boundary])),
        boundary_given=draw(st.booleans()),
        grids=tuple(
            DrawnGrid(
                number, draw(st.integers(1, 20)), draw(st.none() | METRES), draw(st.booleans()),
                draw(st.sampled_from([None, drawn.grids[0].outline])), draw(OPTIONAL),
                draw(st.none() | st.integers(1, 3)),
            )
            for number in range(1, grids + 1)
        ),
        exceptions=tuple(draw(st.lists(exceptions, max_size=3))),
        outside=tuple(draw(st.sampled_from([[], ids[:1], ids]))),
        kept=draw(st.booleans()),
        lower_bound_m=draw(st.none() | st.floats(0, 1e6)),
        split_hamlets=tuple(draw(st.lists(split, max_size=2))),
        groups=tuple(PartyGroup(number, draw(OPTIONAL), draw(OPTIONAL)) for number in (1, 2, 3)),
    )  # fmt: skip


@st.composite
def towns(draw):
    drawn = [draw(villages(name)) for name in ("甲村", "乙村")]
    keys = [(one.plan.village, grid.number) for one in drawn for grid in one.grids]
    ids = ["M1", "M2"]
    members = [
        Member(
            id_, draw(NAMES), draw(OPTIONAL), draw(OPTIONAL), draw(OPTIONAL),
            *draw(st.sampled_from([(None, None), (119.4, 31.4)])), max_grids=draw(st.integers(1, 99)),
        )
        for id_ in ids
    ]  # fmt: skip
    homes = draw(st.fixed_dictionaries({}, optional={id_: MESSAGES for id_ in ids}))
    roles = st.sampled_from(["lead", "deputy"])
    return TownPlan(
        villages=tuple(drawn),
        members=tuple(members),
        assignments=tuple(Assignment(*key, draw(st.sampled_from(ids)), draw(roles), draw(MESSAGES)) for key in keys),
        shortages=tuple(Shortage(*key, tuple(draw(st.lists(MESSAGES, max_size=2)))) for key in keys),
        homes=homes,
        left_out={id_: draw(MESSAGES) for id_ in homes if draw(st.booleans())},
    )


@pytest.mark.slow
@settings(
    max_examples=15, deadline=None, phases=[Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(written=towns())
def test_every_field_of_every_noun_comes_back(tmp_path, written):
    write_plan(written, tmp_path / "plan.gpkg", "en")
    read = read_plan(tmp_path / "plan.gpkg")
    assert alike(read) == alike(written)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_names(tmp_path, name):
    drawn = village(name, 0, 0, 1, 5)
    households = tuple(
        Household(f"{name}{i}", name, home.lon, home.lat, name=name, door=name, hamlet=name)
        for i, home in enumerate(drawn.plan.households)
    )
    plan = Plan(name, households, {home.household_id: 1 + i % 2 for i, home in enumerate(households)})
    exception = PlanException(name, 24, Message("exception.join", {"village": name}), (), name, f"{name}0")
    written = TownPlan((replace(drawn, plan=plan, exceptions=(exception,)),))
    write_plan(written, tmp_path / "plan.gpkg", "en")
    assert alike(read_plan(tmp_path / "plan.gpkg")) == alike(written)
    assert set(layer(tmp_path / "plan.gpkg", "households")["name"]) == {name}


# ---- what stands in the file


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_the_columns_promised_each_of_its_type(file, name):
    columns = layer(file, name).drop(columns="geometry", errors="ignore")
    assert {column: str(dtype).replace("object", "str") for column, dtype in columns.dtypes.items()} == LAYERS[name]


def test_there_are_just_these_layers_and_grids_are_first(file):
    assert [name for name, _ in pyogrio.list_layers(file)] == [*LAYERS, "layer_styles"]
    assert next(iter(LAYERS)) == "grids"


@pytest.mark.parametrize(("name", "kinds"), GEOMETRIES.items())
def test_shapes_are_in_degrees(file, name, kinds):
    frame = layer(file, name)
    assert frame.crs.to_epsg() == 4326
    assert set(frame.geom_type) <= kinds
    assert shapely.box(*frame.total_bounds).within(shapely.box(119.4, 31.3, 119.6, 31.5))


def test_qgis_finds_a_style_for_each_layer_with_shapes_and_nothing_of_the_plan_in_it(file, tmp_path):
    with closing(sqlite3.connect(file)) as database:
        asked = "f_table_schema = '' AND f_geometry_column = 'geom' AND useAsDefault"  # as QGIS does
        rows = dict(database.execute(f"SELECT f_table_name, styleQML FROM layer_styles WHERE {asked}"))
        (registered,) = database.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'")
    assert rows.keys() == GEOMETRIES.keys()
    assert registered == ("attributes",)
    write_plan(hostile_town(), tmp_path / "plan.gpkg", "en")
    assert layer(tmp_path / "plan.gpkg", "layer_styles").equals(layer(file, "layer_styles"))
    styles = {name: fromstring(qml.split("\n", 1)[1]) for name, qml in rows.items()}
    renderer = styles["grids"].find("renderer-v2")
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "tint")
    assert [one.get("value") for one in renderer.iter("category")] == [str(tint) for tint in range(TINTS)]
    fills = [one.get("value") for one in renderer.findall(".//Option[@name='color']")]
    tints_of_map = [tuple(bytes.fromhex(tint["fill"][1:])) for tint in PALETTE["light"]["tints"]]
    assert [tuple(map(int, fill.split(",")))[:3] for fill in fills] == tints_of_map
    labels = {name: one.findall("labeling[@type='simple']//text-style") for name, one in styles.items()}
    fields = {name: [text.get("fieldName") for text in texts] for name, texts in labels.items()}
    assert fields == {"grids": ["number"], "households": [], "villages": ["village"]}


def test_grids_have_the_tints_of_the_map(file):
    drawn = [grid["properties"] for grid in map_data(listed_town(), "zh")["objects"]["grids"]["geometries"]]
    grids = layer(file, "grids").set_index("grid_id")
    assert grids["tint"].to_dict() == {grid["id"]: grid["tint"] for grid in drawn}


def test_exceptions_have_no_shape(file):
    assert not isinstance(layer(file, "exceptions"), gpd.GeoDataFrame)


def test_a_plan_without_exceptions_has_the_layer_with_all_columns(tmp_path):
    write_plan(TownPlan((village("柳村", 0, 0, 1, 5),)), tmp_path / "plan.gpkg", "zh")
    frame = layer(tmp_path / "plan.gpkg", "exceptions")
    assert len(frame) == 0
    assert pyogrio.read_info(tmp_path / "plan.gpkg", layer="exceptions")["fields"].tolist() == list(
        LAYERS["exceptions"]
    )


def test_grids_stand_in_the_order_of_their_ids(tmp_path):
    unsorted = TownPlan(tuple(village(name, 2000.0 * i, 0, 4, 5) for i, name in enumerate(["c", "a", "b"])))
    write_plan(unsorted, tmp_path / "plan.gpkg", "en")
    ids = layer(tmp_path / "plan.gpkg", "grids")["grid_id"].tolist()
    assert ids == sorted(ids)
    assert len(set(ids)) == 3 * 16


def test_households_are_in_a_grid_of_the_layer_or_in_none(file):
    households, grids = layer(file, "households"), layer(file, "grids")
    assert households["grid_id"].isna().sum() == 1
    assert set(households["grid_id"].dropna()) == set(grids["grid_id"])
    counted = households.groupby("grid_id").size()
    assert grids.set_index("grid_id")["size"].to_dict() == counted.to_dict()
    assert grids["lead"].isna().all()
    assert grids.loc[~grids["within_bounds"], "grid_id"].tolist() == ["小塘村-01"]


def test_households_outside_their_boundary_are_marked(file):
    households = layer(file, "households")
    assert households.loc[households["outside_boundary"], "household_id"].tolist() == ["石桥村0003"]


def test_a_village_has_its_sums_and_bounds_unknown_so_far(file):
    villages = layer(file, "villages").set_index("village")
    assert villages.loc["石桥村", ["households", "grids", "min_size", "max_size"]].tolist() == [384, 32, 10, 15]
    assert villages.loc["石桥村", "walk_m"] == sum(300 + 17 * number for number in range(1, 33))
    assert villages[["lower_bound_m", "gap"]].isna().all(axis=None)


@pytest.mark.parametrize("lang", LANGS)
def test_exceptions_are_written_in_the_language_asked_for_and_read_in_any(tmp_path, lang):
    write_plan(listed_town(), tmp_path / "plan.gpkg", lang)
    row = layer(tmp_path / "plan.gpkg", "exceptions").iloc[-1]
    reason, *options = REASONS
    assert row["reason"] == reason.say(lang)
    assert row["options"] == "; ".join(option.say(lang) for option in options)
    (*_, exception) = read_plan(tmp_path / "plan.gpkg").exceptions
    assert (exception.reason, exception.options) == (reason, tuple(options))


def test_verify_reads_what_is_written(file):
    assert verify(file)  # the walks drawn by hand are not true


# ---- files that are no plan


def refused(path):
    with pytest.raises(InputRefused) as caught:
        read_plan(path)
    assert caught.value.say("zh")
    return caught.value.message.code, caught.value.say("en")


def test_a_missing_file_is_named(tmp_path):
    code, sentence = refused(tmp_path / "nowhere.gpkg")
    assert code == "plan.missing"
    assert "nowhere.gpkg" in sentence


def test_a_folder_is_no_plan(tmp_path):
    assert refused(tmp_path)[0] == "plan.missing"


def test_a_file_of_another_kind_is_no_plan(tmp_path):
    (tmp_path / "plan.gpkg").write_text("not a database")
    assert refused(tmp_path / "plan.gpkg")[0] == "plan.layer_missing"


def test_a_plan_of_before_there_were_groups_is_read(copy):
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute("DELETE FROM gpkg_contents WHERE table_name = 'party_groups'")
        database.execute("ALTER TABLE grids DROP COLUMN group_number")
    village = read_plan(copy).villages[0]
    assert village.groups == ()
    assert {grid.group_number for grid in village.grids} == {None}


@pytest.mark.parametrize("name", [name for name in LAYERS if name != "party_groups"])
def test_a_missing_layer_is_named(copy, name):
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute(f"DELETE FROM gpkg_contents WHERE table_name = '{name}'")
        database.execute(f"DELETE FROM gpkg_geometry_columns WHERE table_name = '{name}'")
        database.execute(f"ALTER TABLE {name} RENAME TO other_{name}")
    code, sentence = refused(copy)
    assert code == "plan.layer_missing"
    assert name in sentence


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("households", "household_id"),
        ("households", "outside_boundary"),
        ("grids", "number"),
        ("villages", "min_size"),
        ("exceptions", "codes"),
    ],
)
def test_a_missing_column_is_named(copy, name, column):
    with closing(sqlite3.connect(copy)) as database, database:
        database.execute(f"ALTER TABLE {name} RENAME COLUMN {column} TO other")
    code, sentence = refused(copy)
    assert code == "plan.column_missing"
    assert column in sentence


def test_a_folder_that_cannot_take_the_file_is_refused(tmp_path):
    with pytest.raises(OutputRefused) as caught:
        write_plan(town(), tmp_path / "nowhere" / "plan.gpkg", "en")
    assert "plan.gpkg" in caught.value.say("zh")
