"""Characters that nobody sees and a spreadsheet's guards of texts are no part of a cell, whatever the format."""

import csv

import geopandas
import openpyxl
import pytest
import shapely
import xlwt

from gridplan.exchange.lists.households.households import read_households
from gridplan.exchange.lists.members import read_members
from gridplan.exchange.tables.formats import read_unsandboxed
from gridplan.exchange.tables.plain_cells import PlainCells
from gridplan.exchange.tables.source import parse_source

HEADER = ("户\u200b号", "村", "门牌")
ROW = ('="0001"', "柳\u00ad树村\ufeff\u3164", "'3-1\u202c")
PLAIN = (("户号", "村", "门牌"), [("0001", "柳树村", "3-1")])
SPOT = shapely.Point(110.2, 38.3)


def as_sheet(path):
    book = openpyxl.Workbook()
    for at, cells in enumerate((HEADER, ROW), start=1):
        for column, cell in enumerate(cells, start=1):
            book.active.cell(at, column, cell).data_type = "s"
    book.save(path)


def as_old_sheet(path):
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("1")
    for at, cells in enumerate((HEADER, ROW)):
        for column, cell in enumerate(cells):
            sheet.write(at, column, cell)
    book.save(str(path))


def as_features(path):
    frame = geopandas.GeoDataFrame([dict(zip(HEADER, ROW, strict=True))], geometry=[SPOT], crs="EPSG:4326")
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, engine="pyogrio", encoding="utf-8")


def as_csv(path):
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, ROW])


def as_kml(path):
    data = "".join(f'<Data name="{at}"><value>{cell}</value></Data>' for at, cell in zip(HEADER, ROW, strict=True))
    point = "<Point><coordinates>110.2,38.3</coordinates></Point>"
    path.write_text(
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Placemark><ExtendedData>{data}</ExtendedData>{point}</Placemark></kml>'
    )


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.csv", as_csv), ("a.xlsx", as_sheet), ("a.xls", as_old_sheet), ("a.kml", as_kml)]
    + [(f"a.{ending}", as_features) for ending in ("geojson", "gpkg", "shp", "parquet")],
)
def test_cells_are_plain_in_every_format_with_one_note_of_each_kind(tmp_path, name, write):
    write(tmp_path / name)
    (table,) = read_unsandboxed(parse_source(str(tmp_path / name)))
    own = [at for at, text in enumerate(table.header) if text in PLAIN[0]]
    assert (tuple(table.header[at] for at in own), [tuple(row[at] for at in own) for row in table.rows]) == PLAIN
    noted = {note.code: note.values for note in table.notes}
    assert noted["read.note.invisible"] == {"n": 3, "characters": "U+00AD, U+200B, U+202C, U+3164, U+FEFF"}
    assert noted["read.note.text_guards"] == {"n": 2}
    assert len(table.notes) == len(noted)


@pytest.mark.parametrize(
    ("cell", "meant"),
    [('=""', ""), (' ="a""b" ', 'a"b'), ("'=1+1", "=1+1"), ("’0013", "0013"), ("'老张'", "'老张'"), ("'", "'"),
     ("'t Veld", "'t Veld"), ("38°30'15\"", "38°30'15\""), ("=A1", "=A1"), ("O'Neil", "O'Neil")],
)  # fmt: skip
def test_only_guards_come_off(cell, meant):
    assert [*PlainCells().of_row([cell])] == [meant]


def test_a_workbook_has_one_note_and_its_sheets_are_called_after_plain_villages(tmp_path):
    book = openpyxl.Workbook()
    for name in ("柳树村\u200b", "桃树村"):
        sheet = book.create_sheet(name)
        for cells in (["姓名", "经度", "纬度"], ["王\u200b五", "110.2\u202c", "38.3"], ["合\u200b计", "1", ""]):
            sheet.append(cells)
    del book["Sheet"]
    book.save(tmp_path / "a.xlsx")
    homes, members = read_households(str(tmp_path / "a.xlsx")), read_members(str(tmp_path / "a.xlsx"))
    assert [(home.name, home.village, home.lon) for home in homes.households] == [
        ("王五", "柳树村", 110.2),
        ("王五", "桃树村", 110.2),
    ]
    for listed in (homes, members):
        hidden = [note.values for note in listed.notes if note.code == "read.note.invisible"]
        assert hidden == [{"n": 6, "characters": "U+200B, U+202C"}]
