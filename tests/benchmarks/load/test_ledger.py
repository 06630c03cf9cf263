"""The ledger of make load sees every visit that was lost, doubled, made up or changed."""

import pytest

from benchmarks.load.ledger import Ledger, LedgerFile, compare

MET, AWAY = (7, 1, "2026-12-04", "met", "door"), (8, 1, "2026-12-04", "away", "door")
CORRECTED = (7, 1, "2026-12-04", "met", "phone")


@pytest.fixture
def ledger(tmp_path):
    """Return a ledger of a visit that was acknowledged and corrected, and of one of which nobody knows."""
    with (tmp_path / "ledger").open("w") as file:
        written = LedgerFile(file)
        written.note("sent", [("a", MET), ("b", AWAY)])
        written.note("acknowledged", [("a", MET)])
        written.note("sent", [("a", CORRECTED)])
        file.write('["acknowledged", "b", [8, 1, "20')  # the client ended in the middle of a line
    return Ledger.read(tmp_path / "ledger")


@pytest.mark.parametrize("stored", [[("a", MET)], [("a", CORRECTED)], [("a", MET), ("b", AWAY)]])
def test_what_was_not_acknowledged_may_be_there_or_not(ledger, stored):
    assert not compare(ledger, stored)


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ([("b", AWAY)], "lost 1, doubled 0, unsent 0, others 0"),
        ([("a", MET), ("a", MET)], "lost 0, doubled 1, unsent 0, others 0"),
        ([("a", MET), ("c", MET)], "lost 0, doubled 1, unsent 0, others 0"),
        ([("a", MET), ("c", (9, 1, "2026-12-04", "met", "door"))], "lost 0, doubled 0, unsent 1, others 0"),
        ([("a", (7, 1, "2026-12-04", "not home", "door"))], "lost 0, doubled 0, unsent 0, others 1"),
    ],
    ids=["lost", "twice", "under another id", "made up", "changed"],
)
def test_what_differs_is_found(ledger, stored, found):
    assert compare(ledger, stored)
    assert str(compare(ledger, stored)) == found


def test_after_a_correction_is_acknowledged_what_was_before_is_wrong(ledger):
    ledger.note("acknowledged", "a", CORRECTED)
    assert not compare(ledger, [("a", CORRECTED)])
    assert compare(ledger, [("a", MET)]).others == ("a",)
