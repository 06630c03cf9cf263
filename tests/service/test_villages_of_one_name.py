"""Two villages of one name in the service: the second import finds those of the first, whichever lists say of them."""

from io import BytesIO

import pytest
import shapely
from import_batches import shapes, table, upload
from sample_towns import FRAME
from service import NOW, serve

from gridplan.errors import InputRefused
from gridplan.exchange.lists.village_names import as_listed
from gridplan.service.desk.ledgers import preview_ledger
from gridplan.service.registry import villages as forms
from gridplan.store.database import COMMAND_LINE
from gridplan.store.registry import households, villages

NAME = "新民村"
PLACES = {"东乡": FRAME.to_degrees([(9000.0, 9000.0)])[0], "西乡": FRAME.to_degrees([(-9000.0, 9000.0)])[0]}


@pytest.fixture
def desk(tmp_path, sqlite):
    """Return the service over the drawn town."""
    with sqlite.copy("filled", tmp_path) as store:
        yield serve(store)


def listed(*towns, town=True):
    """Return a list of twelve households of the village of each town."""
    header = ("户编号", "户主", "村", *(("乡镇",) if town else ()), "经度", "纬度")
    rows = [
        (f"{of}{n}", f"{of}{n}", NAME, *((of,) if town else ()), *(PLACES[of] + n / 10_000))
        for of in towns
        for n in range(12)
    ]
    return table(header, rows)


def drawn(*towns):
    return shapes(*(({"村": NAME, "乡镇": of}, shapely.Point(PLACES[of]).buffer(0.01)) for of in towns))


def stored(store):
    with store.read() as connection:
        known = {one.name: as_listed(one) for one in villages.models(connection) if NAME in one.name}
        homes = households.models(connection)
    return {name: (told.name, told.town, sum(home.village == name for home in homes)) for name, told in known.items()}


def test_the_same_lists_change_nothing_and_a_list_of_one_of_them_finds_it(desk):
    both = {"a.csv": listed("东乡", "西乡"), "v.geojson": drawn("东乡", "西乡")}
    upload(desk.store, "administrator", both).apply()
    expected = {"新民村（东乡）": (NAME, "东乡", 12), "新民村（西乡）": (NAME, "西乡", 12)}
    assert stored(desk.store) == expected
    for lists in (both, {"a.csv": listed("西乡")}, {"a.csv": listed("西乡", town=False)}, {"v.geojson": drawn("东乡")}):
        again = upload(desk.store, "administrator", lists)
        assert again.preview["changes"] == {}
        again.apply()
        assert stored(desk.store) == expected
    nowhere = table(("户编号", "户主", "村", "组"), [("x", "王", NAME, "1组"), ("y", "李", NAME, "1组")])
    unclear = upload(desk.store, "administrator", {"a.csv": nowhere})
    assert "新民村（东乡）" in str(unclear.file("a.csv")["problem"])
    members = table(("姓名", "身份", "村", "乡镇"), [("甲", "党员", NAME, "西乡"), ("乙", "党员", NAME, "")])
    people = upload(desk.store, "administrator", {"m.csv": members})
    assert people.preview["changes"]["new_members"]["n"] == 1


def test_a_village_that_gets_a_twin_later_keeps_its_name(desk):
    upload(desk.store, "administrator", {"a.csv": listed("东乡")}).apply()
    assert stored(desk.store) == {NAME: (NAME, "东乡", 12)}
    upload(desk.store, "administrator", {"a.csv": listed("西乡")}).apply()
    expected = {NAME: (NAME, "东乡", 12), "新民村（西乡）": (NAME, "西乡", 12)}
    assert stored(desk.store) == expected
    assert upload(desk.store, "administrator", {"a.csv": listed("西乡", "东乡")}).preview["changes"] == {}
    rows = [
        ("东乡1", NAME, "", "2026-11-02"),
        ("西乡1", NAME, "西乡", "2026-11-02"),
        ("西乡2", "新民村（西乡）", "", "2026-11-02"),
    ]
    visited = BytesIO(table(("户主", "村", "乡镇", "走访日期"), rows))
    ledger = preview_ledger(desk.store, None, "a.csv", visited, "zh", today=NOW.date())
    assert [(one.row, one.column, one.reason.code) for one in ledger.refused] == [
        (2, "村", "read.row.villages_alike"),
        (3, "", "record.ledger.no_lead"),
        (4, "", "record.ledger.no_lead"),
    ]


def test_a_form_asks_for_another_name_and_offers_one(desk):
    form = forms.VillageForm(NAME, None, None, None, None, "东乡")
    forms.add(desk.store, COMMAND_LINE, form, now=NOW)
    with pytest.raises(InputRefused, match=r"新民村（西乡）"):
        forms.add(desk.store, COMMAND_LINE, forms.VillageForm(NAME, None, None, None, None, "西乡"), now=NOW)
    forms.add(desk.store, COMMAND_LINE, forms.VillageForm("新民村（西乡）", None, None, None, None, "西乡"), now=NOW)
    assert stored(desk.store) == {NAME: (NAME, "东乡", 0), "新民村（西乡）": (NAME, "西乡", 0)}
    upload(desk.store, "administrator", {"a.csv": listed("西乡")}).apply()
    assert stored(desk.store)["新民村（西乡）"] == (NAME, "西乡", 12)
