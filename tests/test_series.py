"""Lists within a sentence are joined as the reader's language does, and cut off with a count."""

from gridplan.series import series
from gridplan.words import Message


def test_every_language_has_its_own_mark():
    assert series(["a", "b"]).say("en") == "a, b"
    assert series(["a", "b"]).say("zh") == "a、b"
    assert series([]).say("zh") == ""


def test_what_is_left_is_counted():
    many = series(map(str, range(2000)), 20)
    assert many.say("en").endswith("18, 19, and 1,980 more")
    assert many.say("zh").endswith("18、19、另有 1,980 个")
    assert series("ab", 2).say("en") == "a, b"


def test_things_in_a_series_are_said_in_the_same_language():
    sentence = Message("check.unused", {"columns": series([Message("field.name"), "x"])})
    assert (sentence.say("en"), sentence.say("zh")) == ("  not used: name, x", "  未采用的列：户主（name）、x")
