"""Ways to break a list: byte by byte, as a text, and in its structure."""

import json
import random
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from seed_lists import sound_lists, unzipped, zipped

Chances = random.Random
Mutation = Callable[[Chances, bytes], bytes]

NASTY = [
    *' \0 \ufeff \u200b \ud7ff \U0010ffff " \' "" =1+1 - + . , ; nan inf -inf 1e999 -1e999 1e-999 0 -0'.split(" "),  # noqa: SIM905
    *"180.0000001 91 1e5 ٣ １１０ 2026-13-45 0000-00-00 true null 合计 小计 制表人： 户编号 经度".split(),  # noqa: SIM905
    *"geo:1,2 [1,2] 110.5,38.2,5 110°30′ E110-30-15 110,5 38.15301 一组 柳村（东乡） ../../etc %s{}".split(),  # noqa: SIM905
    *("\t", "\r", "a\nb", "\x1b[31m", '{"lon":1}', "<b>&amp;", "9" * 400, "x" * 300, "村" * 5_000),
    *("POINT EMPTY", "POINT (1 2", "POLYGON ((0 0, 1 1))", "GEOMETRYCOLLECTION EMPTY"),
]
"""Cells, the first of them blank, that nobody would call sound."""
ODD_BYTES = (
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\0", b"\0" * 60, b"9" * 5_000, b"1e999", b"-", b"x" * 140_000, b"\x80"),
    *(b"\r", b"\x1a"),
)
ODD_VALUES = (*NASTY, None, True, 5, -1.5, 1e308, 10**30, float("nan"), [], {}, [1, 2], [None, 1])
ODD_MEMBERS = ("../a", "/a", "a" * 300, "xl/vbaProject.bin", "x.shp", "doc.kml", "名.kml")
NEAR_AN_END = 120
"""Bytes."""
ENCODINGS = ("gb18030", "big5", "cp932", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "euc_kr", "utf-7")
LINE_ENDS = ("\r", "\n", "\r\n", "\n\r", "\n\n", "\x0b", "\u2028", "")
CUTS = "\"',;|\t\r\n\0{}[]()<>&:=\\/"


def mutations_of(name: str) -> list[Mutation]:
    """Return the ways to break a file of a name; those that suit its format best are in it several times."""
    plain = [flipped, cut, spliced, repeated, inserted, counts_changed]
    match Path(name).suffix:
        case ".csv" | ".txt":
            return [
                *plain,
                *[cells_changed, columns_swapped, rows_changed, recoded, line_ends_changed, marks_changed] * 2,
            ]
        case ".geojson":
            return [*plain, *[json_changed] * 6, marks_changed, recoded]
        case ".kml":
            return [*plain, *[marks_changed, words_changed, recoded] * 2]
        case ".shp":
            return [parts_changed]
        case ".gpkg":
            return [*plain, *[database_changed] * 6]
        case ".xlsx" | ".ods" | ".zip" | ".kmz":
            return [*plain, *[members_changed] * 8]
        case _:
            return plain


def _place(chances: Chances, content: bytes) -> int:
    """Return a place in a file, in its head or its tail as often as between."""
    n = len(content)
    end = chances.randrange(min(n, NEAR_AN_END) + 1)
    return chances.choice((end, n - end, chances.randrange(n + 1)))


def flipped(chances: Chances, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chances.choice((1, 2, 8, 40)) if content else 0):
        at = min(_place(chances, content), len(changed) - 1)
        changed[at] = chances.choice((0, 255, 127, 128, chances.randrange(256)))
    return bytes(changed)


def cut(chances: Chances, content: bytes) -> bytes:
    start = _place(chances, content)
    end = chances.choice((len(content), start + chances.randrange(1, 40), chances.randrange(start, len(content) + 1)))
    return content[:start] + content[end:]


def spliced(chances: Chances, content: bytes) -> bytes:
    other = chances.choice((content, chances.choice(sound_lists()).content))
    start = chances.randrange(len(other) + 1)
    at = _place(chances, content)
    return content[:at] + other[start : start + chances.randrange(1, 400)] + content[at + chances.choice((0, 50)) :]


def repeated(chances: Chances, content: bytes) -> bytes:
    start = _place(chances, content)
    piece = content[start : start + chances.randrange(1, 200)]
    return content[:start] + piece * chances.choice((2, 3, 50, 2_000)) + content[start:]


def inserted(chances: Chances, content: bytes) -> bytes:
    at = _place(chances, content)
    return content[:at] + chances.choice(ODD_BYTES) + content[at:]


def counts_changed(chances: Chances, content: bytes) -> bytes:
    """Put wrong counts where headers have them."""
    changed = bytearray(content.ljust(8, b"\0"))
    for _ in range(chances.choice((1, 3))):
        at = min(_place(chances, content), len(changed) - 8)
        number = chances.choice((0, 1, 2**15 - 1, 2**16 - 1, 2**31 - 1, 2**32 - 1, chances.randrange(2**32)))
        struct.pack_into(chances.choice("<>") + chances.choice(("I", "I", "Q")), changed, at, number)
    return bytes(changed)


def _as_text(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-16",) if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding), encoding
    return content.decode("latin-1"), "latin-1"


def _in_text(content: bytes, change: Callable[[str], str]) -> bytes:
    text, encoding = _as_text(content)
    return change(text).encode(encoding, "replace")


def _grid(text: str) -> tuple[list[list[str]], str]:
    mark = max(",;\t", key=text.count)
    return [line.split(mark) for line in text.splitlines()] or [[""]], mark


def _in_grid(content: bytes, change: Callable[[list[list[str]]], None]) -> bytes:
    text, encoding = _as_text(content)
    grid, mark = _grid(text)
    change(grid)
    return "\n".join(mark.join(row) for row in grid).encode(encoding, "replace")


def cells_changed(chances: Chances, content: bytes) -> bytes:
    def change(grid: list[list[str]]) -> None:
        column = chances.randrange(max(map(len, grid)) or 1)
        for _ in range(chances.choice((1, 3, 30))):
            row = chances.choice(grid)
            if row:
                at = min(column, len(row) - 1) if chances.random() < 0.7 else chances.randrange(len(row))
                row[at] = chances.choice(NASTY)

    return _in_grid(content, change)


def columns_swapped(chances: Chances, content: bytes) -> bytes:
    def change(grid: list[list[str]]) -> None:
        headers = [cell for seed in sound_lists()[:3] for cell in _grid(_as_text(seed.content)[0])[0][0]]
        match chances.randrange(4):
            case 0:
                chances.shuffle(grid[0])
            case 1:
                grid[0] = [chances.choice(headers + NASTY) for _ in grid[0]]
            case 2:
                grid[0] = grid[0] * chances.choice((2, 400))
            case _:
                at = chances.randrange(len(grid[0]) or 1)
                for row in grid:
                    del row[at : at + 1]

    return _in_grid(content, change)


def rows_changed(chances: Chances, content: bytes) -> bytes:
    def change(grid: list[list[str]]) -> None:
        at = chances.randrange(len(grid))
        match chances.randrange(5):
            case 0:
                grid[at:at] = [list(grid[at]) for _ in range(chances.choice((1, 2, 300)))]
            case 1:
                del grid[at : at + chances.choice((1, 99))]
            case 2:
                grid.insert(at, [chances.choice(NASTY)])
            case 3:
                grid[at] = [""] * len(grid[at])
            case _:
                chances.shuffle(grid)
        grid.extend([] if grid else [[""]])

    return _in_grid(content, change)


def recoded(chances: Chances, content: bytes) -> bytes:
    return _as_text(content)[0].encode(chances.choice(ENCODINGS), "replace")


def line_ends_changed(chances: Chances, content: bytes) -> bytes:
    return _in_text(content, lambda text: "".join(line + chances.choice(LINE_ENDS) for line in text.splitlines()))


def marks_changed(chances: Chances, content: bytes) -> bytes:
    """Put marks that cut texts where none were, or others in the place of all of one."""

    def change(text: str) -> str:
        if chances.random() < 0.3:
            return text.replace(chances.choice(CUTS), chances.choice(CUTS + "，；、"))
        for _ in range(chances.choice((1, 2, 10))):
            at = chances.randrange(len(text) + 1)
            text = text[:at] + chances.choice(CUTS) + text[at + chances.choice((0, 1)) :]
        return text

    return _in_text(content, change)


def words_changed(chances: Chances, content: bytes) -> bytes:
    """Put other texts between the tags of XML."""

    def change(text: str) -> str:
        pieces = text.split(">")
        for _ in range(chances.choice((1, 4, 20))):
            at = chances.randrange(len(pieces))
            before, tag, rest = pieces[at].partition("<")
            match chances.randrange(4):
                case 0:
                    pieces[at] = chances.choice(NASTY) + tag + rest
                case 1:
                    pieces[at] = before
                case 2:
                    pieces[at] = pieces[at] + ">" + chances.choice(pieces)
                case _:
                    pieces[at] = before + tag + chances.choice(pieces).partition("<")[2]
        return ">".join(pieces)

    return _in_text(content, change)


def json_changed(chances: Chances, content: bytes) -> bytes:
    try:
        document = json.loads(content)
    except ValueError:
        return flipped(chances, content)
    for _ in range(chances.choice((1, 2, 6)) if isinstance(document, dict | list) else 0):
        _change_node(chances, document)
    return json.dumps(document, ensure_ascii=chances.random() < 0.5).encode("utf-8", "replace")


def _change_node(chances: Chances, node: Any) -> None:
    """Change something within an object or an array of a document: one of its values, or one deeper."""
    keys = list(node) if isinstance(node, dict) else list(range(len(node)))
    if not keys:
        return
    key = chances.choice(keys)
    value = node[key]
    if isinstance(value, dict | list) and value and chances.random() < 0.8:
        _change_node(chances, value)
        return
    match chances.randrange(7):
        case 0:
            del node[key]
        case 1:
            node[key] = str(value)
        case 2:
            node[key] = {"type": "GeometryCollection", "geometries": [value] * 3}
        case 3:
            for _ in range(chances.choice((1, 5, 300))):
                value = [value]
            node[key] = value
        case 4 if isinstance(node, list):
            node.extend([value] * chances.choice((1, 3, 200)))
        case _:
            node[key] = chances.choice(ODD_VALUES)


def members_changed(chances: Chances, content: bytes) -> bytes:
    """Change what a zip file has, and pack it soundly again."""
    try:
        members = unzipped(content)
        name = chances.choice(list(members))
    except Exception:  # it was broken before
        return flipped(chances, content)
    match chances.randrange(8):
        case 0:
            del members[name]
        case 1:
            other = chances.choice(list(members))
            members[name], members[other] = members[other], members[name]
        case 2:
            members[name] = chances.choice(sound_lists()).content
        case 3:
            members[chances.choice(ODD_MEMBERS)] = members[name]
        case 4 | 5 if name.endswith((".xml", ".kml", ".rels")):
            members[name] = chances.choice((words_changed, marks_changed))(chances, members[name])
        case _:
            change = chances.choice((flipped, cut, spliced, repeated, inserted, counts_changed))
            members[name] = change(chances, members[name])
    return zipped(members)


def parts_changed(chances: Chances, content: bytes) -> bytes:
    """Change one of the files of a shapefile."""
    parts = json.loads(content)
    ending = chances.choice(list(parts))
    change = chances.choice((flipped, cut, spliced, repeated, inserted, counts_changed))
    part = bytes.fromhex(parts[ending])
    if chances.random() < 0.1:
        del parts[ending]
    else:
        parts[ending] = change(chances, part).hex()
    return json.dumps(parts).encode()


def database_changed(chances: Chances, content: bytes) -> bytes:
    """Change a GeoPackage by what a database does."""
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            database.deserialize(content)
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                database.execute(f'DROP TRIGGER "{trigger}"')
            for _ in range(chances.choice((1, 3))):
                table = chances.choice([*names, *["图层", "gpkg_geometry_columns", "gpkg_spatial_ref_sys"] * 5])
                columns = [column for _, column, *_ in database.execute(f'PRAGMA table_info("{table}")')]
                with suppress(sqlite3.Error):
                    database.execute(*_statement(chances, table, chances.choice(columns)))
            database.commit()
            return database.serialize()
        except (sqlite3.Error, IndexError, UnicodeError):
            return flipped(chances, content)


def _statement(chances: Chances, table: str, column: str) -> tuple[str, tuple[object, ...]]:
    blob = bytes(chances.randrange(256) for _ in range(chances.randrange(60)))
    nested = b"GP\0\1" + (4326).to_bytes(4, "little") + b"\1\7\0\0\0\1\0\0\0" * chances.choice((1, 3_000))
    value = chances.choice([*NASTY, None, -1, 2**62, 1e308, blob, b"GP\0\1" + blob, nested])
    other = chances.choice(("geom", "村", "a b", "户主"))
    where = chances.choice(("", f"WHERE rowid % {chances.randrange(1, 5)} = 0"))
    return chances.choice(
        [
            *[(f'UPDATE "{table}" SET "{column}" = ? {where}', (value,))] * 5,
            *[(f'UPDATE "{table}" SET "{column}" = substr("{column}", 1, ?) {where}', (chances.randrange(40),))] * 2,
            (f'DROP TABLE "{table}"', ()),
            (f'DELETE FROM "{table}" {where}', ()),
            (f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{other}"', ()),
            (f'ALTER TABLE "{table}" ADD COLUMN more AS ("{column}" || \'x\')', ()),
            (f'INSERT INTO "{table}" SELECT * FROM "{table}"', ()),
            (f'CREATE VIEW v{chances.randrange(99)} AS SELECT * FROM "{table}"', ()),
        ]
    )
