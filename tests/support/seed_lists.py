"""Small lists that are in order, of every kind and in every format: what `mutated_lists` breaks."""

import csv
import io
import json
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import NamedTuple

import geopandas
import shapely
import xlsxwriter
import xlwt

WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
WHEN = (2026, 3, 2, 8, 0, 0)
HOUSEHOLDS = [
    ["户编号", "户主", "村", "村民小组", "门牌", "联系电话", "地址", "经度", "纬度", "微网格", "网格长"],
    *(
        [
            f"{at:03d}",
            f"户主{'甲乙丙丁'[at % 4]}{at}",
            "柳村" if at % 2 else "桥村",
            f"{at % 3 + 1}组",
            f"{at}号",
            f"1380000{at:04d}",
            f"河边路, {at}号",
            f"{110.5 + at % 6 / 1000:.6f}",
            f"{38.25 + at // 6 / 1000:.6f}",
            f"{at % 3}",
            f"网格长{at % 3}",
        ]
        for at in range(24)
    ),
]
ENGLISH = [
    ["household_id", "head", "village", "lonlat"],
    *([f"H{at}", f"Ash {at}", "Ash", f"{110.5 + at / 1000}, {38.25}"] for at in range(14)),
]
PERSONS = [
    ["户编号", "姓名", "与户主关系", "身份证号", "村", "经度度", "经度分", "经度秒", "纬度度", "纬度分", "纬度秒"],
    *(
        [
            f"{at // 2:02d}",
            f"人{at}",
            "户主" if at % 2 == 0 else "配偶",
            "",
            "柳村",
            "110",
            "30",
            f"{at}.5",
            "38",
            "15",
            "1",
        ]
        for at in range(24)
    ),
]
METRES = [
    ["编号", "村", "x", "y"],
    *([str(at), "柳村", str(37_500_000 + 9 * at), str(4_234_000 + at)] for at in range(14)),
]
MEMBERS = [
    ["党员编号", "姓名", "身份", "村", "小组", "电话", "经度", "纬度", "最多网格数", "在岗", "请假至", "相熟户"],
    *(
        [f"M{at}", f"党员{at}", "党员", "柳村", "1组", "139", "110.501", "38.251", "2", "是", "2026-05-01", "001;003"]
        for at in range(6)
    ),
]
PLACES = [["村", "小组", "经度", "纬度"], *(["柳村", f"{at}组", f"110.50{at}", "38.25"] for at in range(1, 4))]
BOUNDARIES = [
    ["行政村", "村代码", "电话", "边界"],
    ["柳村", "01", "", "POLYGON ((110.4 38.2, 110.6 38.2, 110.6 38.3, 110.4 38.3, 110.4 38.2))"],
    ["桥村", "02", "", "POLYGON ((110.6 38.2, 110.8 38.2, 110.8 38.3, 110.6 38.3, 110.6 38.2))"],
]
LEDGER = [
    ["走访日期", "户编号", "户主", "村", "走访结果", "走访方式", "走访人"],
    ["2026-03-01", "001", "户主甲", "柳村", "见面", "", "甲"],
]
LINKAGES = [
    ["包联领导", "类别", "包联村", "党支部"],
    ["王一", "领导", "柳村", "第一支部"],
    ["李二", "指导员", "桥村", ""],
]
STAFF = [["姓名", "账号", "角色", "村"], ["王一", "wang1", "文书", "柳村"]]


class Seed(NamedTuple):
    """A list: what it lists, and its file."""

    kind: str
    name: str
    content: bytes


@cache
def sound_lists() -> list[Seed]:
    """Return all lists, the same ones at any time; the first is a list of households."""
    return [
        *(
            Seed("households", name, content)
            for rows in (HOUSEHOLDS, ENGLISH, PERSONS, METRES)
            for name, content in _written(rows)
        ),
        *(Seed("members", name, content) for name, content in _written(MEMBERS)),
        *(Seed("places", name, content) for name, content in _written(PLACES)),
        *(Seed("villages", name, content) for name, content in _written(BOUNDARIES)),
        *(Seed("ledger", name, content) for name, content in _written(LEDGER)[:5]),
        *(Seed("linkages", name, content) for name, content in _written(LINKAGES)[:5]),
        *(Seed("staff", name, content) for name, content in _written(STAFF)[:5]),
        *(Seed("households", name, content) for name, content in _drawn(_points(), HOUSEHOLDS[1:], HOUSEHOLDS[0])),
        *(Seed("members", name, content) for name, content in _drawn(_points()[:6], MEMBERS[1:], MEMBERS[0])),
        *(Seed("places", name, content) for name, content in _drawn(_points()[:3], PLACES[1:], PLACES[0])),
        *(Seed("villages", name, content) for name, content in _drawn(_areas(), BOUNDARIES[1:], BOUNDARIES[0][:3])),
        *(Seed("features", name, content) for name, content in _drawn(_lines(), [["river"], ["rail"]], ["kind"])),
        Seed("households", "folders.kml", _folders()),
        Seed("households", "folders.kmz", zipped({"doc.kml": _folders()})),
    ]


def zipped(members: dict[str, bytes]) -> bytes:
    """Return a zip file of the same bytes at any time."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    """Return the members of a zip file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


# ---- tables


def _written(rows: list[list[str]]) -> list[tuple[str, bytes]]:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    tabs = "\r\n".join("\t".join(row) for row in rows)
    return [
        ("list.csv", text.getvalue().encode()),
        ("list.csv", b"\xef\xbb\xbf" + "\n".join(";".join(row) for row in rows).encode()),
        ("list.csv", text.getvalue().encode("gb18030")),
        ("list.txt", tabs.encode("utf-16")),
        ("list.xlsx", _xlsx(rows)),
        ("list.xls", _xls(rows)),
        ("list.ods", _ods(rows)),
    ]


def _xlsx(rows: list[list[str]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("柳村")
        sheet.merge_range(0, 0, 0, 3, "名单（2026 年）")
        for at, row in enumerate(rows, start=1):
            sheet.write_row(
                at, 0, [float(cell) if "." in cell and cell.replace(".", "").isdigit() else cell for cell in row]
            )
        sheet.write_row(len(rows) + 1, 0, ["合计", len(rows) - 1])
        sheet.merge_range(2, 2, 3, 2, rows[1][2])
        sheet.write_formula(2, 12, "=1/0", None, "#DIV/0!")
        sheet.set_row(3, None, None, {"hidden": True})
        book.add_worksheet("说明").write(0, 0, "无")
    members = unzipped(file.getvalue())
    del members["docProps/core.xml"]  # it has the time
    return zipped(members)


def _xls(rows: list[list[str]]) -> bytes:
    book, file = xlwt.Workbook(), io.BytesIO()
    sheet = book.add_sheet("柳村")
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(at, column, cell)
    sheet.write_merge(1, 2, 12, 12, "一组")
    book.save(file)
    return file.getvalue()


def _ods(rows: list[list[str]]) -> bytes:
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    cells = [
        "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        for row in rows
    ]
    table = "".join(f"<table:table-row>{row}</table:table-row>" for row in cells)
    body = f'<office:spreadsheet><table:table table:name="柳村">{table}</table:table></office:spreadsheet>'
    return zipped(
        {
            "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": b'<manifest xmlns="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": f"<office:document-content {names}><office:body>{body}</office:body>"
            "</office:document-content>".encode(),
        }
    )


# ---- layers


def _points() -> list[shapely.Geometry]:
    return [shapely.Point(110.5 + at % 6 / 1000, 38.25 + at // 6 / 1000) for at in range(24)]


def _areas() -> list[shapely.Geometry]:
    holed = shapely.box(110.4, 38.2, 110.6, 38.3).difference(shapely.box(110.55, 38.28, 110.56, 38.29))
    return [holed, shapely.MultiPolygon([shapely.box(110.6, 38.2, 110.8, 38.3), shapely.box(110.9, 38.2, 111, 38.3)])]


def _lines() -> list[shapely.Geometry]:
    parts = [[(110.5, 38.2), (110.6, 38.3)], [(110.7, 38.2), (110.8, 38.3)]]
    return [shapely.LineString([(110.4, 38.25), (110.5, 38.26), (110.6, 38.25)]), shapely.MultiLineString(parts)]


def _drawn(shapes: list[shapely.Geometry], rows: list[list[str]], header: list[str]) -> list[tuple[str, bytes]]:
    frame = geopandas.GeoDataFrame([row[: len(header)] for row in rows], columns=header, geometry=shapes, crs=4326)
    parts = _shapefile(frame)
    parquet = io.BytesIO()
    frame.to_parquet(parquet)
    return [
        ("layer.geojson", frame.to_json(ensure_ascii=False).encode()),
        ("layer.gpkg", _geopackage(frame)),
        ("layer.shp", json.dumps({name: content.hex() for name, content in parts.items()}).encode()),
        ("layer.zip", zipped({f"图层/list{ending}": content for ending, content in parts.items()})),
        ("layer.kml", _kml(frame)),
        ("layer.parquet", parquet.getvalue()),
    ]


def _shapefile(frame: geopandas.GeoDataFrame) -> dict[str, bytes]:
    """Return the parts of a shapefile; a seed of .shp is these as JSON, to be laid beside each other."""
    with tempfile.TemporaryDirectory() as folder:
        frame.to_file(Path(folder) / "list.shp", driver="ESRI Shapefile", encoding="GB18030")
        content = {path.suffix: path.read_bytes() for path in sorted(Path(folder).iterdir())}
    content[".dbf"] = content[".dbf"][:1] + b"\x7e\x03\x02" + content[".dbf"][4:]  # the day it was written
    return content


def _geopackage(frame: geopandas.GeoDataFrame) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.gpkg"
        frame.to_file(path, layer="图层", driver="GPKG")
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE gpkg_contents SET last_change = '2026-03-02T08:00:00.000Z'")
        return path.read_bytes()


def _kml(frame: geopandas.GeoDataFrame) -> bytes:
    placemarks = []
    for row in frame.itertuples(index=False):
        data = "".join(
            f'<Data name="{name}"><value>{value}</value></Data>'
            for name, value in zip(frame.columns[:-1], row[:-1], strict=True)
        )
        placemarks.append(f"<Placemark><ExtendedData>{data}</ExtendedData>{_kml_shape(row[-1])}</Placemark>")
    return _kml_document("".join(placemarks))


def _kml_shape(shape: shapely.Geometry) -> str:
    def line(points: shapely.Geometry) -> str:
        return f"<coordinates>{' '.join(f'{x},{y},0' for x, y in points.coords)}</coordinates>"

    match shape.geom_type:
        case "Point" | "LineString":
            return f"<{shape.geom_type}>{line(shape)}</{shape.geom_type}>"
        case "Polygon":
            inner = "".join(
                f"<innerBoundaryIs><LinearRing>{line(ring)}</LinearRing></innerBoundaryIs>" for ring in shape.interiors
            )
            outer = f"<outerBoundaryIs><LinearRing>{line(shape.exterior)}</LinearRing></outerBoundaryIs>"
            return f"<Polygon>{outer}{inner}</Polygon>"
        case _:
            return f"<MultiGeometry>{''.join(map(_kml_shape, shape.geoms))}</MultiGeometry>"


def _kml_document(body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>柳树镇</name>{body}</Document></kml>"
    ).encode()


def _folders() -> bytes:
    """Return points in folders of villages and hamlets, with a road and an outline, as map programs write them."""
    homes = "".join(
        f"<Placemark><name>户主{at}</name><description>门牌 {at}</description>{_kml_shape(point)}</Placemark>"
        for at, point in enumerate(_points()[:12])
    )
    road = f"<Placemark><name>村道</name>{_kml_shape(_lines()[0])}</Placemark>"
    outline = f"<Placemark><name>边界</name>{_kml_shape(_areas()[0])}</Placemark>"
    hamlet = f"<Folder><name>一组</name>{homes}</Folder>"
    return _kml_document(f"<Folder><name>柳村</name>{outline}{road}{hamlet}</Folder>")
