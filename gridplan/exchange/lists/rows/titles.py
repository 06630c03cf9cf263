"""Titles of sheets, files and folders: the name in them without the words and dates around it."""

from __future__ import annotations

import re
from typing import Final

from gridplan.exchange.tables.cells import CONTROL, LONGEST_TEXT
from gridplan.names import visible

TITLE: Final = re.compile(
    r"(花名册|住户表|住户名单|名单|名册|清册|清单|台账|登记表|统计表|汇总表|明细表|信息表|情况表|摸底表|调查表|底册"
    r"|住户|农户|户籍|常住|家庭|人口|人员|居民|村民|党员|成员|基本|信息|情况|登记|统计|摸底|排查|数据|汇总|表"
    r"|[(（][^)）]*[)）]|[\s_\-—.·]*(19|20)\d\d(年|[-._]?\d{1,2})?(年?\d{1,2}月(\d{1,2}日)?)?|[\s_\-—.·、的]+)$"
)
NUMBERING: Final = re.compile(r"^[\s_\-—.·]*((19|20)\d\d年?|\d{1,3}[\s.、_\-—]+)")


def without_title_words(title: str) -> str:
    """Return a title without the words and dates around a village's name."""
    name = NUMBERING.sub("", plain_title(title))
    while (shorter := TITLE.sub("", name)) != name:
        name = shorter
    return name


def plain_title(title: str) -> str:
    """Return a title that spoils no page, and is not too long for a name."""
    return CONTROL.sub("", visible(title)).strip()[:LONGEST_TEXT]
