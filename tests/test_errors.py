"""The tree of errors: drawn where a reader looks first, and each error a sentence in both languages."""

import pickle
import re

import pytest

from gridplan import errors
from gridplan.errors import GridplanError, Infeasible, InputRefused, OutputRefused
from gridplan.words import LANGS, say


def tree(kind):
    return {kind, *(found for child in kind.__subclasses__() for found in tree(child))}


def test_the_tree_is_drawn_in_the_docstring_of_its_module():
    drawn = re.findall(r"^(?:[├└│ ]*── )?([A-Z]\w+)  ", errors.__doc__, re.M)
    assert sorted(drawn) == sorted(kind.__name__ for kind in tree(GridplanError))
    assert drawn[0] == "GridplanError"


def test_every_error_is_in_the_one_module():
    assert {kind.__module__ for kind in tree(GridplanError)} == {"gridplan.errors"}


@pytest.mark.parametrize("kind", sorted(tree(GridplanError), key=lambda kind: kind.__name__))
@pytest.mark.parametrize("lang", LANGS)
def test_an_error_carries_a_code_and_values_and_says_them(kind, lang):
    error = kind("plan.folder", folder="村/plan", why="disk full")
    assert error.message.code == "plan.folder"
    assert error.message.values == {"folder": "村/plan", "why": "disk full"}
    assert error.say(lang) == say("plan.folder", lang, folder="村/plan", why="disk full")
    assert "村/plan" in error.say(lang)


def test_an_error_is_english_in_a_traceback():
    assert str(InputRefused("cli.bounds", least=16, most=15)) == say("cli.bounds", "en", least=16, most=15)


def test_infeasible_is_also_a_value_error():
    assert issubclass(Infeasible, ValueError)
    assert not issubclass(InputRefused, ValueError)
    assert not issubclass(OutputRefused, OSError)


def test_a_value_may_be_called_code():
    assert GridplanError("plan.folder", folder="x", why="y", code="z").message.values["code"] == "z"


def test_an_error_out_of_another_process_arrives_whole():
    sent = Infeasible("engine.infeasible.size", n=17, least=10, most=15, below=15, above=20)
    arrived = pickle.loads(pickle.dumps(sent))
    assert type(arrived) is Infeasible
    assert arrived.message == sent.message
    assert arrived.say("zh") == sent.say("zh")
