"""Which header of a list is which field, by Chinese and English synonyms; every guess can be overridden."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.lists.cells import shown

Synonyms = Mapping[str, Sequence[frozenset[str]]]
"""For each field groups of headers as `folded` writes them: an earlier group wins over a later one."""


def _groups(*groups: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(group.split()) for group in groups)


HOUSEHOLD_FIELDS: Final[Synonyms] = {
    "id": _groups("户号 户编号 住户编号 住户号 住户代码 householdid householdcode hhid", "id 编号", "代码 编码 code"),
    "name": _groups("户主姓名 户主 户主名 head headofhousehold householdhead", "姓名 name"),
    "phone": _groups(
        "联系电话 联系方式", "手机 手机号 手机号码 mobile phone phonenumber", "电话 电话号码 tel telephone"
    ),
    "address": _groups("住址 地址 家庭住址 家庭地址 详细地址 address", "street 街道"),
    "door": _groups("门牌 门牌号 门牌号码 door doornumber", "housenumber houseno"),
    "lon": _groups("经度 lon lng long longitude"),
    "lat": _groups("纬度 lat latitude"),
    "village": _groups(
        "行政村 行政村名 行政村名称 所属行政村", "所属村 所在村 村名 村名称 村 村庄 village villagename"
    ),
    "hamlet": _groups("村民小组 村民组 小组 组 组别 组名 所属组 所在组 hamlet hamletname", "屯 自然村 自然屯"),
}
VILLAGE_FIELDS: Final[Synonyms] = {
    "village": _groups("行政村 行政村名 行政村名称", "村名 村名称 村 村庄 village villagename", "名称 name"),
    "code": _groups("行政村代码 村代码 村编码 villagecode", "代码 编码 code"),
    "polygon": _groups("polygon wkt geometry boundary 边界"),
}


def choose_columns(
    file: str,
    header: Sequence[str],
    filled: Sequence[bool],
    fields: Synonyms,
    wanted: Mapping[str, str],
) -> dict[str, int]:
    """Return the position of each field's column; a field without a column is left out.

    Parameters
    ----------
    file
        The file's name, for messages.
    header, filled
        The headers, and whether any row has content under each: a column blank in every row counts as absent.
    fields
        The fields there are and the headers they are known by.
    wanted
        Headers by field as the user named them; they win over every guess.

    Raises
    ------
    InputRefused
        A wanted field or header does not exist, or two headers are equally good for one field.
    """
    if unknown := next((field for field in wanted if field not in fields), None):
        raise InputRefused("read.unknown_field", field=unknown, names=", ".join(fields))
    columns = {field: _named(file, header, field, name) for field, name in wanted.items()}
    taken = set(columns.values())
    free = {at: folded(text) for at, text in enumerate(header) if filled[at] and at not in taken}
    for field, groups in fields.items():
        if field not in columns and (found := _guess(groups, free)):
            if len(found) > 1:
                first, second = (shown(header[at]) for at in found[:2])
                if first == second:
                    raise InputRefused("read.same_header", file=file, header=first)
                raise InputRefused("read.two_columns", file=file, field=field, first=first, second=second)
            columns[field] = found[0]
    return {field: columns[field] for field in fields if field in columns and filled[columns[field]]}


@lru_cache(10_000)
def folded(header: str) -> str:
    """Return a header without case, width, spaces, punctuation and what stands in brackets: 经度（°） is 经度."""
    plain = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\W_]", "", re.sub(r"\([^)]*\)|\[[^]]*\]|【[^】]*】|〔[^〕]*〕", "", plain))


def headers_shown(header: Sequence[str]) -> str:
    """Return the headers of a file for a sentence."""
    return ", ".join(shown(text) for text in header if text.strip())


def _guess(groups: Sequence[frozenset[str]], free: Mapping[int, str]) -> list[int]:
    for group in groups:
        if found := [at for at, text in free.items() if text in group]:
            return found
    return []


def _named(file: str, header: Sequence[str], field: str, name: str) -> int:
    exact = [at for at, text in enumerate(header) if text == name]
    found = exact or [at for at, text in enumerate(header) if folded(text) == folded(name) != ""]
    if not found:
        raise InputRefused("read.no_header", file=file, field=field, header=name, names=headers_shown(header))
    if len(found) > 1:
        raise InputRefused("read.same_header", file=file, header=shown(name))
    return found[0]
