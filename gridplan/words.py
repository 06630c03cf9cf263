"""Turns a code and its values into a sentence, in Chinese or English, from one gettext catalogue.

Nothing else in gridplan holds a sentence meant for people: errors, violations, the command line, the
files and the pages all carry a code and values, and become words here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Final, Literal, cast, get_args

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.plural import PluralRule

Lang = Literal["zh", "en"]
LANGS: Final[tuple[Lang, ...]] = get_args(Lang)

LOCALE_DIR = Path(__file__).parent / "locale"
BETWEEN: Final[dict[Lang, str]] = {"zh": "、", "en": ", "}
IN_BRACKETS: Final[dict[Lang, str]] = {"zh": "{}（{}）", "en": "{} ({})"}
ON_PAGE: Final = "on_page."
"""Codes of sentences in another wording on pages than on the command line begin with this."""

Term = Literal["member", "lead", "deputy"]
Titles = frozenset[tuple[Lang, Term, str]]
"""What a town calls its people, by language, where that is something else than in the catalogue."""
PEOPLE: Final[dict[Lang, dict[Term, str]]] = {
    "zh": {"member": "联户人员", "lead": "微网格长", "deputy": "协助人"},
    "en": {"member": "member", "lead": "lead", "deputy": "deputy"},
}
"""What the catalogue calls the people: these nouns, and in English their plurals, give way to a town's titles."""
NOUN: Final[dict[Lang, str]] = {"zh": "()(%s)", "en": r"(?<![\w{-])(?<!party )(?:(a)n? )?(%s)(?![\w-])"}
"""Where such a noun stands in a text, with its article, but not as the name of an option, a field or a value, nor in
"party member", one kind of them."""
NO_BRACES: Final = str.maketrans("{}|", "()/")
"""For what is put into a text that has places for values in braces, and bars between words for one and for many."""
NO_TITLES: Final[Titles] = frozenset()
_titles: ContextVar[Titles] = ContextVar("titles", default=NO_TITLES)


def use_titles(titles: Titles) -> None:
    """Have every sentence call people by a town's titles from now on, in this thread."""
    _titles.set(titles)


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence not yet in any language: its code in the catalogue and the values it speaks of."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: Lang = "en") -> str:
        """Return the sentence in `lang`."""
        return say(self.code, lang, **self.values)


@dataclass(frozen=True, slots=True)
class Series(Message):
    """A part of a sentence that names several things, each a text or a message."""

    items: tuple[str | Message, ...] = ()

    def say(self, lang: Lang = "en") -> str:
        """Return the things one after the other."""
        return BETWEEN[lang].join(item.say(lang) if isinstance(item, Message) else item for item in self.items)


def series(items: Iterable[str | Message], most: int | None = None) -> Series:
    """Return things as a part of a sentence: no more than the first `most`, then how many are left."""
    named = tuple(items)
    if most is not None and len(named) > most:
        named = (*named[:most], Message("list.more", {"n": len(named) - most}))
    return Series("list", items=named)


def runs(numbers: Iterable[int]) -> str:
    """Return numbers as people write them, in order: 1–3, 7."""
    found = []
    for _, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        first, *rest = (number for _, number in run)
        found.append(f"{first}–{rest[-1]}" if rest else f"{first}")
    return ", ".join(found)


def bracketed(what: str, detail: str | Message) -> Message:
    """Return a thing with what is to know about it in brackets."""
    return Message("list.bracketed", {"what": what, "detail": detail})


@cache
def catalogue(lang: Lang) -> Catalog:
    """Return the catalogue of one language; its ids are codes."""
    with (LOCALE_DIR / f"{lang}.po").open("rb") as file:
        return read_po(file, locale=lang)


def say(code: str, lang: Lang = "en", /, **values: object) -> str:
    """Return the sentence of `code` in `lang` with its values filled in.

    Whole numbers are written with thousands separators. Where a sentence has a plural form, the value `n` chooses it;
    of other numbers the word beside them is given for one and for many: "{grids} {grids:grid|grids}".

    Raises
    ------
    KeyError
        The catalogue has no such code; a test finds this before a user does.
    """
    text = _texts(lang, _titles.get()).get(code)
    if text is None:
        raise KeyError(f"no words for {code} in {lang}")
    if not isinstance(text, str):
        text = text[0 if _plural_rule(lang)(int(str(values["n"]))) == "one" else -1]
    written = {name: _written(value, lang) for name, value in values.items()}
    return text.format(**({name: _Counted(value) for name, value in written.items()} if "|" in text else written))


class _Counted(str):
    """A value as it is written, which chooses between a word for one and for many."""

    def __format__(self, choice: str) -> str:
        one, bar, many = choice.partition("|")
        if not bar:
            return super().__format__(choice)
        return one if self == "1" else many


@cache
def _plural_rule(lang: Lang) -> PluralRule:
    return Locale(lang).plural_form


def standard(code: str, lang: Lang) -> str:
    """Return a plain text as it is in every town: what is written into files and read back."""
    return cast(str, _texts(lang, NO_TITLES)[code])


def heading(code: str, lang: Lang) -> str:
    """Return the heading of a column that is read back: a town's own title stands in brackets behind it."""
    text, titled = standard(code, lang), say(code, lang)
    return text if text == titled else IN_BRACKETS[lang].format(text, titled)


@lru_cache(16)
def _texts(lang: Lang, titles: Titles) -> Mapping[str, str | tuple[str, ...]]:
    """Return every text of a language, with the titles of a town in it; those for one and for many together."""
    return {
        entry.id if isinstance(entry.id, str) else entry.id[0]: (
            with_titles(entry.string, lang, titles)
            if isinstance(entry.string, str)
            else tuple(with_titles(form, lang, titles) for form in entry.string)
        )
        for entry in catalogue(lang)
        if entry.id and entry.string
    }


def with_titles(text: str, lang: Lang, titles: Titles) -> str:
    """Return a text with a town's titles for its people, each with a capital and the article that it needs."""
    called = {PEOPLE[lang][term]: title for spoken, term, title in titles if spoken == lang}
    if lang == "en":
        called |= {_plural(noun): _plural(title) for noun, title in called.items()}

    def title(found: re.Match[str]) -> str:
        article, noun = found.groups()
        said = called[noun.lower()].translate(NO_BRACES)
        said = said[0].upper() + said[1:] if noun[0].isupper() else said
        return f"{article}{'n' * (said[0].lower() in 'aeiou')} {said}" if article else said

    return re.sub(NOUN[lang] % "|".join(called), title, text, flags=re.IGNORECASE) if called else text


def _plural(noun: str) -> str:
    if re.search("([^aeiou]|qu)y$", noun, re.IGNORECASE):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search("(s|x|z|ch|sh)$", noun, re.IGNORECASE) else f"{noun}s"


def on_page(message: Message) -> Message:
    """Return a sentence, and those among its values, as a page says it: the command line names options there."""
    if isinstance(message, Series):
        return Series(
            "list", items=tuple(on_page(item) if isinstance(item, Message) else item for item in message.items)
        )
    other = f"{ON_PAGE}{message.code}"
    entry = catalogue("en").get(other)
    values = {name: on_page(value) if isinstance(value, Message) else value for name, value in message.values.items()}
    return Message(other if entry is not None else message.code, values)


def words(prefix: str, lang: Lang) -> dict[str, str]:
    """Return every plain sentence whose code starts with `prefix`, for a page's script; the prefix is cut off."""
    return dict(_words(prefix, lang, _titles.get()))


@lru_cache(maxsize=256)
def _words(prefix: str, lang: Lang, titles: Titles) -> Mapping[str, str]:
    return {
        code.removeprefix(prefix): text
        for code, text in _texts(lang, titles).items()
        if code.startswith(prefix) and isinstance(text, str)
    }


def sentences(prefixes: Iterable[str], lang: Lang) -> dict[str, str]:
    """Return every plain sentence whose code starts with one of the prefixes, by its whole code."""
    return {prefix + rest: sentence for prefix in prefixes for rest, sentence in words(prefix, lang).items()}


def message_to_json(message: Message) -> dict[str, object]:
    """Return a sentence as JSON has it, sentences among its values too; what JSON does not know is written as text."""
    if isinstance(message, Series):
        return {"items": [_plain(item) for item in message.items]}
    values = {name: _plain(value) for name, value in message.values.items()}
    return {"code": message.code, "values": values}


def message_from_json(stored: Mapping[str, object]) -> Message:
    """Return the sentence that `message_to_json` wrote."""
    if "items" in stored:
        return Series("list", items=tuple(map(_sentence_of, cast("list[object]", stored["items"]))))  # type: ignore[arg-type]
    values = cast("Mapping[str, object]", stored["values"])
    return Message(str(stored["code"]), {name: _sentence_of(value) for name, value in values.items()})


def _plain(value: object) -> object:
    if isinstance(value, Message):
        return message_to_json(value)
    return value if isinstance(value, str | int | float) or value is None else str(value)


def _sentence_of(value: object) -> object:
    return (
        message_from_json(value)
        if isinstance(value, dict) and value.keys() in ({"code", "values"}, {"items"})
        else value
    )


def length(metres: float) -> Message:
    """Return a length as people say it: metres below a kilometre, kilometres above."""
    if metres < 999.5:
        return Message("unit.metres", {"length": f"{metres:.0f}"})
    return Message("unit.kilometres", {"length": f"{metres / 1000:,.1f}"})


def metres(length_m: float, lang: Lang = "en") -> str:
    """Return a length in words."""
    return length(length_m).say(lang)


def file_size(n: int) -> str:
    """Return so many bytes as people say it: whole kilobytes below a megabyte, one at least."""
    return f"{max(round(n / 1000), 1)} KB" if n < 999_500 else f"{n / 1e6:,.1f} MB"


@lru_cache(4_096)
def day(value: date, lang: Lang, today: date) -> str:
    """Return a day as people say it, with its year if that is another than today's."""
    if lang == "zh":
        return _formatted(value, "M月d日" if value.year == today.year else "yyyy年M月d日", "zh")
    return _formatted(value, "EEE d MMM" if value.year == today.year else "EEE d MMM yyyy", "en_GB")


_formatted = lru_cache(4_096)(format_date)  # which works a pattern out each time, and a page says the same few days


def short_day(value: date, lang: Lang) -> str:
    """Return a day as it stands below an axis, without weekday and year."""
    return format_date(value, "M月d日", locale="zh") if lang == "zh" else format_date(value, "d MMM", locale="en_GB")


def month(value: date, lang: Lang) -> str:
    """Return the month of a day with its year."""
    return (
        format_date(value, "yyyy年M月", locale="zh")
        if lang == "zh"
        else format_date(value, "MMMM yyyy", locale="en_GB")
    )


def _written(value: object, lang: Lang) -> str:
    if isinstance(value, Message):
        return value.say(lang)
    if isinstance(value, bool) or not isinstance(value, int):
        return str(value)
    return f"{value:,}"
