"""The marks of a tick sheet: what each says about a visit, how it is written on paper, and its words in a workbook."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

from gridplan.contact.visits import Channel, Outcome
from gridplan.words import LANGS, standard


@dataclass(frozen=True, slots=True)
class Mark:
    """An outcome and a channel, and the codes of the sign on paper and of the words."""

    outcome: Outcome
    channel: Channel
    sign: str
    words: str


MARKS: Final = (
    Mark("met", "door", "sheet.sign.met", "sheet.mark.met"),
    Mark("met", "phone", "sheet.sign.phone", "sheet.mark.phone"),
    Mark("met", "elsewhere", "sheet.sign.elsewhere", "sheet.mark.elsewhere"),
    Mark("not home", "door", "sheet.sign.not_home", "sheet.mark.not_home"),
    Mark("declined", "door", "sheet.sign.declined", "sheet.mark.declined"),
    Mark("away", "door", "sheet.sign.away", "sheet.mark.away"),
)
MET, PHONE, ELSEWHERE, NOT_HOME, DECLINED, AWAY = MARKS
TICKS: Final = "√✓✔☑✅"
"""Of which one or several are a tick."""
ALSO: Final = {
    **dict.fromkeys("1vxy是对有已到", MET),
    "yes": MET, "true": MET, "ok": MET, "见面": MET, "已见": MET, "见到": MET, "见了": MET, "上门": MET, "已走访": MET,
    "door": MET, "atthedoor": MET,
    "电话": PHONE, "微信": PHONE, "消息": PHONE, "短信": PHONE, "telephone": PHONE, "phone": PHONE, "message": PHONE,
    "别处": ELSEWHERE, "院坝会": ELSEWHERE, "elsewhere": ELSEWHERE,
    "没人": NOT_HOME, "无人": NOT_HOME, "家中无人": NOT_HOME,
    "不方便": DECLINED, "改天": DECLINED,
    "外出": AWAY, "在外": AWAY, "外地": AWAY,
}  # fmt: skip
"""What else people type for the same: where a keyboard has no tick, a letter, or the answer to a question."""


def mark_of(cell: str) -> Mark | None:
    """Return what somebody typed into a cell; None if it is none of the marks. Behind a tick its channel may stand."""
    text = "".join(unicodedata.normalize("NFKC", cell).casefold().split()).rstrip("。.,，;")
    behind = text.lstrip(TICKS)
    if text and not behind:
        return MET
    met = _known().get(behind)
    return _known().get(text) or (met if met and met.outcome == "met" else None)


@cache
def _known() -> dict[str, Mark]:
    written = {standard(code, lang): mark for mark in MARKS for code in (mark.sign, mark.words) for lang in LANGS}
    return ALSO | {"".join(text.casefold().split()): mark for text, mark in written.items()}
