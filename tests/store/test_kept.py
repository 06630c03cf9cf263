"""What is kept in the process: of the version that is asked for, and no more than so much."""

from gridplan.store.kept import Kept


def test_what_is_kept_is_that_of_the_version_asked_for():
    kept = Kept(2)
    kept.keep("a", 1, "first")
    assert (kept.get("a", 1), kept.get("a", 2), kept.get("b", 1)) == ("first", None, None)
    kept.keep("a", 2, "second")
    assert (kept.get("a", 1), kept.get("a", 2), len(kept)) == (None, "second", 1)


def test_what_was_not_asked_for_longest_goes():
    kept = Kept(2)
    for what in "ab":
        kept.keep(what, 1, what)
    kept.get("a", 1)
    kept.keep("c", 1, "c")
    assert [kept.get(what, 1) for what in "abc"] == ["a", None, "c"]
