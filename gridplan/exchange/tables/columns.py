"""Which header of a list is which field, by Chinese and English synonyms; every guess can be overridden."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Final

from gridplan.errors import InputRefused
from gridplan.exchange.tables.cells import shown
from gridplan.words import Message, Series, series

Synonyms = Mapping[str, Sequence[frozenset[str]]]
"""For each field groups of headers as `folded` writes them: an earlier group wins over a later one."""


def _groups(*groups: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(group.split()) for group in groups)


PHONES: Final = _groups(
    "联系电话 联系方式",
    "手机 手机号 手机号码 mobile phone phonenumber",
    "电话 电话号码 tel telephone",
)
"""Headers of the phone of whoever or whatever a list is of."""
TOWNS: Final = _groups(
    "乡镇 乡镇名 乡镇街道 乡镇街道名称 乡镇办 镇乡 镇街 街镇 街道乡镇 township townshipname subdistrict"
    " subdistrictname",
    "town townname taluka talukaname taluk tehsil tehsilname tahsil mandal mandalname subdist subdistname commune"
    " communename",
    "镇 乡 镇名 乡名 街道办 街道办事处 办事处",
)
VILLAGE_CODES: Final = _groups(
    "行政村代码 行政村编码 村代码 村编码 村编号 村委会代码 村委会编码 村社区代码 villagecode",
    "行政区划代码 区划代码 行政区划编码 统计用区划代码 统计区划代码 行政区代码",
)
"""Codes of the towns and counties around are told from those of villages by their length."""
HOUSEHOLD_FIELDS: Final[Synonyms] = {
    "id": _groups(
        "户号 户编号 户编码 户代码 户序号 家庭编号 家庭编码 农户编号 农户编码 住户编号 住户编码 住户号 住户代码"
        " householdid householdcode householdnumber householdno hhid",
        "id 编号",
        "代码 编码 code",
    ),
    "name": _groups(
        "户主姓名 户主 户主名 head headofhousehold householdhead",
        "姓名 name",
        "成员姓名 家庭成员姓名 家庭成员 人员姓名 membername personname",
        "名称",
    ),
    "phone": (*_groups("户主电话 户主联系电话 户主手机 户主手机号"), *PHONES),
    "address": _groups(
        "现住址 现居住地址 居住地址",
        "住址 地址 家庭住址 家庭地址 户主住址 户主地址 详细地址 address",
        "street 街道",
        "户籍地址",
    ),
    "door": _groups("门牌 门牌号 门牌号码 door doornumber", "housenumber houseno"),
    "lon": _groups(
        "经度 lon lng long longitude", "东经", "geolon geolng longitud 経度 경도 долгота längengrad خطالطول kinhđộ"
    ),
    "lat": _groups("纬度 lat latitude", "北纬", "geolat latitud 緯度 위도 широта breitengrad خطالعرض دائرةالعرض vĩđộ"),
    "lonlat": _groups(
        "经纬度 经纬度坐标 经纬坐标 纬经度 纬度经度 经度纬度 lonlat lnglat longlat latlon latlng latlong",
        "坐标 坐标点 坐标位置 地理坐标 位置坐标 定位 定位坐标 gps gps坐标 gps定位 coordinates coordinate coords",
        "地图位置 地图定位 地图链接 位置链接 定位链接 地理位置 位置信息 定位信息 geopoint geolocation maplink mapurl",
        "wkt pointwkt geom thegeom geometry",
    ),
    "x": _groups(
        "东坐标 横坐标 东坐标y 横坐标y y东坐标 y横坐标 东向坐标 easting", "x x坐标 坐标x xcoord coordx pointx"
    ),
    "y": _groups(
        "北坐标 纵坐标 北坐标x 纵坐标x x北坐标 x纵坐标 北向坐标 northing", "y y坐标 坐标y ycoord coordy pointy"
    ),
    "lon_d": _groups("经度度 东经度 lond londeg londegrees"),
    "lon_m": _groups("经度分 东经分 lonm lonmin lonminutes"),
    "lon_s": _groups("经度秒 东经秒 lons lonsec lonseconds"),
    "ew": _groups("ew 东西经"),
    "lat_d": _groups("纬度度 北纬度 latd latdeg latdegrees"),
    "lat_m": _groups("纬度分 北纬分 latm latmin latminutes"),
    "lat_s": _groups("纬度秒 北纬秒 lats latsec latseconds"),
    "ns": _groups("ns 南北纬"),
    "village": _groups(
        "行政村 行政村名 行政村名称 所属行政村 adminvillage administrativevillage",
        "所属村 所在村 村名 村名称 村 村庄 村社区 village villagename",
        "村级 村居 村居委 村委会 村民委员会 社区 社区名称 居委会 社区居委会",
    ),
    "town": TOWNS,
    "village_code": VILLAGE_CODES,
    "hamlet": _groups(
        "村民小组 村民组 小组 组 组别 组名 所属组 所在组 村民小组名称 小组名称 所属小组 hamlet hamletname",
        "屯 自然村 自然屯",
    ),
    "grid": _groups(
        "微网格 微网格号 微网格编号 所属微网格 所在微网格 微网格名称"
        " 网格 网格号 网格编号 所属网格 所在网格 网格名称 grid gridid gridnumber"
    ),
    "lead": _groups(
        "微网格长 微网格长姓名 gridlead lead",
        "联户长 联户长姓名 十户长 十户长姓名 联户人员 联户党员 包户党员 联系党员 联户党员姓名",
        "网格长 网格长姓名",
        "负责人",
    ),
    "group": _groups(
        "党小组 党小组名 党小组名称 党小组编号 党小组号 所属党小组 所在党小组"
        " partygroup partygroupname partygroupnumber"
    ),
    "units": (),
    "relation": _groups(
        "与户主关系 与户主的关系 与户主之关系 户主关系 relationtohead relationshiptohead",
        "关系 家庭关系 relation relationship",
    ),
}
WHOLE_COORDINATES: Final = ("lon", "lat", "lonlat", "x", "y")
COORDINATE_PARTS: Final = ("lon_d", "lon_m", "lon_s", "ew", "lat_d", "lat_m", "lat_s", "ns")
POSITION_FIELDS: Final = (*WHOLE_COORDINATES, *COORDINATE_PARTS)
HAMLET_FIELDS: Final[Synonyms] = {
    "village": HOUSEHOLD_FIELDS["village"],
    "town": TOWNS,
    "village_code": VILLAGE_CODES,
    "hamlet": (*HOUSEHOLD_FIELDS["hamlet"], *_groups("名称 name")),
    **{field: HOUSEHOLD_FIELDS[field] for field in POSITION_FIELDS},
}
MEMBER_FIELDS: Final[Synonyms] = {
    "member_id": _groups(
        "党员编号 成员编号 人员编号 联户人员编号 党员编码 人员编码 memberid membercode",
        "id 编号 工号",
        "代码 编码 code",
    ),
    "name": _groups(
        "党员姓名 联户党员 联户党员姓名 联户人员 联户人员姓名 成员姓名 人员姓名 membername",
        "姓名 名字 name",
        "名称",
    ),
    "kind": _groups("身份 身份类别 人员类别 人员身份 kind", "类别 人员类型 类型 type", "职务 role"),
    "village": HOUSEHOLD_FIELDS["village"],
    "town": TOWNS,
    "village_code": VILLAGE_CODES,
    "hamlet": HOUSEHOLD_FIELDS["hamlet"],
    "phone": (
        *_groups(
            "本人电话 本人手机 本人手机号 本人联系电话 党员电话 党员联系电话 联户人员电话 联户人员联系电话 人员电话"
            " 成员电话 memberphone"
        ),
        *PHONES,
    ),
    **{field: HOUSEHOLD_FIELDS[field] for field in POSITION_FIELDS},
    "max_grids": _groups(
        "最多负责微网格数 可负责微网格数 可联系微网格数"
        " 可联系网格数 可联网格数 可联系网格 最多网格数 网格数上限 maxgrids gridsatmost"
    ),
    "available": _groups("是否在岗 是否可用 能否联户 available", "在岗 在岗情况 在岗状态 是否在家 是否在村"),
    "excused_until": _groups("请假至 请假到 请假截止 请假截止日期 excuseduntil", "excused absentuntil"),
    "ties": _groups("相熟户 熟悉户 亲友户 亲属户 ties", "联系户 结对户"),
    "named_on_maps": _groups("可以上图 可上图 同意上图 是否同意上图 是否可以上图 namedonmaps"),
}
VILLAGE_FIELDS: Final[Synonyms] = {
    "village": _groups("行政村 行政村名 行政村名称", "村名 村名称 村 村庄 village villagename", "名称 name"),
    "code": (*VILLAGE_CODES, *_groups("代码 编码 code")),
    "town": TOWNS,
    "phone": (
        *_groups(
            "村委会电话 村部电话 村办公室电话 办公电话 办公室电话 值班电话 便民服务电话 officephone villagephone",
        ),
        *PHONES,
    ),
    "polygon": _groups(
        "polygon wkt geometry boundary 边界 村界", "经纬度 坐标 坐标串 经纬度串 边界坐标 边界点 coordinates"
    ),
}
LEDGER_FIELDS: Final[Synonyms] = {
    **{field: HOUSEHOLD_FIELDS[field] for field in ("id", "name", "door", "village")},
    "day": _groups("走访日期 走访时间 联系日期 联系时间 visitdate dateofvisit visitday", "日期 时间 date day"),
    "outcome": _groups("走访结果 走访情况 联系结果 联系情况 outcome visitoutcome", "结果 情况 result"),
    "channel": _groups("走访方式 联系途径 走访途径 channel", "方式 途径 how"),
    "member": _groups(
        "走访人 走访人员 走访人姓名 走访人员姓名 联系人员 visitedby visitor caller",
        "联户人员 联户人员姓名 联户党员 微网格长 微网格长姓名 党员姓名 member membername lead",
    ),
    "town": TOWNS,
    "village_code": VILLAGE_CODES,
}
LINKAGE_FIELDS: Final[Synonyms] = {
    "name": _groups(
        "领导姓名 包联领导 包联领导姓名 包村领导 包村领导姓名 包联人 包联人员 包联人姓名 包联人员姓名 联系领导"
        " 联系领导姓名 指导员 指导员姓名 党建指导员 党建指导员姓名 leader instructor linkedperson personname",
        "姓名 name",
    ),
    "kind": _groups("包联类别 人员类别 人员类型 kind", "类别 类型 type", "职务 身份 role"),
    "village": (*_groups("包联村 包村 联系村 所联系村 包联行政村"), *HOUSEHOLD_FIELDS["village"]),
    "branch": _groups(
        "包联党支部 包联支部 联系党支部 联系支部",
        "党支部 党支部名称 支部 支部名称 所属党支部 branch branchname partybranch",
    ),
    "town": TOWNS,
    "village_code": VILLAGE_CODES,
}
FIRST_OF_SEVERAL: Final = frozenset({"phone", "address", "town", "village_code"})
"""Fields of which the first will do where two columns are equally good; of any other the user is asked."""
BARE_PARTS: Final = (("度", "分", "秒"), ("度", "分"))
"""Headers that say nothing but the part: twice in a row they are a longitude and a latitude."""
OF_FRAMES: Final = (
    "gcj0?2|gcj|bd0?9(?:ll)?|wgs(?:19)?84|cgcs2000|国家2000|2000|百度|高德|腾讯|火星|baidu|gaode|amap|tencent|gps"
    "|(?:19)?80西安|(?:西安|xian)(?:19)?80|(?:19)?54北京|(?:北京|beijing)(?:19)?54|地图|坐标系?"
)
OF_PLACES: Final = "location|geolocation|geopoint|position|point|household|house|home|dwelling"
AROUND: Final = {
    WHOLE_COORDINATES: (
        re.compile(rf"^(?:{OF_FRAMES}|家庭|住宅|住房|房屋|农户|住户|{OF_PLACES})+(?=.)"),
        re.compile(rf"(?<=.)(?:{OF_FRAMES}|值)+$"),
    ),
    ("village", "town", "hamlet"): (
        re.compile("^(?:所属|所在|归属|隶属|现居|居住)(?=.)"),
        re.compile("(?<=.)(?:名称|全称|名)$"),
    ),
}
"""What may stand before and behind a header of some fields, for headers that are not known as they are."""
STREETS: Final = frozenset({"街道", "街道名称", "所属街道", "所在街道"})
"""Headers of towns in a city, or of streets: what stands under them says which."""
CELLS_READ: Final = 1_000
"""Cells under a header that say which of two things it means."""
TOWN: Final = re.compile(r".+(?:镇|乡|街道|办事处|街道办|开发区)\s*")
GROUP_OF_HEAD: Final = re.compile("^户主(?:基本)?(?:信息|情况|资料)(?=.)")
"""A group's name before headers that other groups have too: 户主信息姓名 is 户主姓名."""


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
        Headers by field as the user named them; they win over every guess. A blank one says that there is no column.

    Raises
    ------
    InputRefused
        A wanted field or header does not exist, or two headers are equally good for one field.
    """
    if unknown := next((field for field in wanted if field not in fields), None):
        raise InputRefused("read.unknown_field", field=unknown, names=", ".join(fields))
    columns = {field: _named(file, header, field, name) for field, name in wanted.items() if name}
    used = set(columns.values())
    plain = _with_axes([folded(text) for text in header])
    free = {at: text for at, text in enumerate(plain) if filled[at] and at not in used}
    known = frozenset[str]().union(*(group for groups in fields.values() for group in groups))
    strange = {at: text for at, text in free.items() if text not in known}
    for field, groups in fields.items():
        if field not in wanted and (found := _guess(groups, free) or _guess(groups, _loosened(field, strange))):
            if len(found) > 1 and field not in FIRST_OF_SEVERAL:
                first, second = (shown(header[at]) for at in found[:2])
                if first == second:
                    raise InputRefused("read.same_header", file=file, header=first)
                raise InputRefused("read.two_columns", file=file, field=field, first=first, second=second)
            columns[field] = found[0]
    return {field: columns[field] for field in fields if field in columns and filled[columns[field]]}


def with_streets(fields: Synonyms, header: Sequence[str], columns: Sequence[Iterable[str]]) -> Synonyms:
    """Return fields with the headers of streets for those of towns, if most of what is under one ends like a town."""
    under = [cells for text, cells in zip(header, columns, strict=True) if folded(text) in STREETS]
    if "town" not in fields or not under:
        return fields
    filled = list(islice(filter(str.strip, under[0]), CELLS_READ))
    if 2 * sum(TOWN.fullmatch(cell) is not None for cell in filled) <= len(filled):
        return fields
    return {
        field: (*(group - STREETS for group in groups), *((STREETS,) if field == "town" else ()))
        for field, groups in fields.items()
    }


@lru_cache(10_000)
def folded(header: str) -> str:
    """Return a header without case, width, spaces, punctuation and what stands in brackets: 经度（°） is 经度.

    Only minutes and seconds in brackets count: 经度（分） is 经度分.
    """
    plain = re.sub(r"[(\[](分|秒)[)\]]", r"\1", unicodedata.normalize("NFKC", header).casefold())
    bare = re.sub(r"[\W_]", "", re.sub(r"\([^)]*\)|\[[^]]*\]|【[^】]*】|〔[^〕]*〕", "", plain))
    return GROUP_OF_HEAD.sub("户主", bare)


def field_shown(field: str) -> Message:
    """Return a field as the reader calls it."""
    return Message(f"field.{field}")


def headers_shown(header: Sequence[str]) -> Series:
    """Return the headers of a file for a sentence."""
    return series(shown(text) for text in header if text.strip())


def _guess(groups: Sequence[frozenset[str]], free: Mapping[int, str]) -> list[int]:
    for group in groups:
        if found := [at for at, text in free.items() if text in group]:
            return found
    return []


def _loosened(field: str, strange: Mapping[int, str]) -> Mapping[int, str]:
    """Return headers that are not known as they are without what may stand around one of a field."""
    before, behind = next((around for fields, around in AROUND.items() if field in fields), (None, None))
    return {at: behind.sub("", before.sub("", text)) for at, text in strange.items()} if before and behind else {}


def _with_axes(texts: Sequence[str]) -> Sequence[str]:
    """Return headers with the axis before each part, where they are parts of degrees twice in a row and no more."""
    for parts in BARE_PARTS:
        width = 2 * len(parts)
        for at in range(len(texts) - width + 1):
            if (*texts[at : at + width],) == 2 * parts:
                return [
                    *texts[:at],
                    *(axis + part for axis in ("经度", "纬度") for part in parts),
                    *texts[at + width :],
                ]
    return texts


def _named(file: str, header: Sequence[str], field: str, name: str) -> int:
    exact = [at for at, text in enumerate(header) if text == name]
    found = exact or [at for at, text in enumerate(header) if folded(text) == folded(name) != ""]
    if not found:
        raise InputRefused("read.no_header", file=file, field=field, header=name, names=headers_shown(header))
    if len(found) > 1:
        raise InputRefused("read.same_header", file=file, header=shown(name))
    return found[0]
