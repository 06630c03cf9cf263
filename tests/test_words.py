"""One catalogue in two languages: the same codes and values in both, every code used known, every known code used."""

import ast
import re
import threading
from collections import Counter
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from gridplan_web.policy import POLICY
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.words import (
    LANGS,
    LOCALE_DIR,
    NO_TITLES,
    ON_PAGE,
    Message,
    catalogue,
    file_size,
    heading,
    metres,
    on_page,
    say,
    series,
    use_titles,
    words,
)

ROOT = Path(__file__).parents[1]
TABLES = {"tables.py", "versions"}
"""Where texts with a dot name columns."""
SOURCES = [
    path
    for top in (ROOT / "gridplan", ROOT / "web" / "gridplan_web")
    for path in top.rglob("*.py")
    if not TABLES & {path.name, path.parent.name}
]
TEMPLATES = list((ROOT / "web" / "gridplan_web" / "templates").rglob("*.html"))
SCRIPTS = list((ROOT / "web" / "static_src").rglob("*.js"))
FILE_ENDINGS = (".css", ".csv", ".gpkg", ".html", ".js", ".json", ".xlsx", ".journal")


@cache
def forms(lang):
    """Every way a code is written in a language: one, or one for each plural form."""
    return {
        entry.id if isinstance(entry.id, str) else entry.id[0]: (
            (entry.string,) if isinstance(entry.string, str) else entry.string
        )
        for entry in catalogue(lang)
        if entry.id
    }


CODES = set(forms("en"))
AREAS = {code.partition(".")[0] for code in CODES}


def placeholders(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def looks_like_a_code(text):
    if text in POLICY:
        return text in CODES  # routes are called like codes: room.view
    area, dot, rest = text.partition(".")
    return text in CODES or bool(
        area in AREAS and dot and re.fullmatch(r"[a-z_.]*", rest) and not text.endswith(FILE_ENDINGS)
    )


def codes_in_python():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Constant(value=str(text)) if looks_like_a_code(text):
                    yield text
                case ast.Constant(value=str(rule)) if path.parent.name == "verify" and f"verify.{rule}" in CODES:
                    yield f"verify.{rule}"
                case ast.Call(func=ast.Name("violation" | "note"), args=[ast.Constant(value=str(rule)), *_]):
                    yield f"verify.{rule}"


def codes_in_pages():
    for path in TEMPLATES:
        yield from filter(looks_like_a_code, re.findall(r"""["']([\w.]+)["']""", path.read_text(encoding="utf-8")))
    for path in SCRIPTS:
        text = path.read_text(encoding="utf-8")
        words_of_maps = re.findall(r"\bwords\.(?!js\b)(\w+)", text)
        yield from (f"map.{word}" if f"map.{word}" in CODES else f"town.map.{word}" for word in words_of_maps)
        yield from re.findall(r"""\bsay\(["']([^"']+)["']""", text)


@cache
def used():
    return {*codes_in_python(), *codes_in_pages()}


def prefixes():
    """What codes are put together from at run time: say("page.file." ~ file.name), f"verify.{rule}", words("map.")."""
    return {code for code in used() if code.endswith(".")}


FOUND_ONE_BY_ONE = {"map.", "verify."}
"""Prefixes whose codes are searched for word by word, in the scripts and among the rules of verify."""


# ---- the catalogue


def test_both_languages_have_the_same_codes():
    assert set(forms("zh")) == set(forms("en"))


@pytest.mark.parametrize("lang", LANGS)
def test_no_code_is_written_twice(lang):
    text = (LOCALE_DIR / f"{lang}.po").read_text(encoding="utf-8")
    counted = Counter(re.findall(r'^msgid "(.*)"', text, re.M))
    assert [code for code, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_is_missing(lang):
    assert [code for code, sentences in forms(lang).items() if not all(map(str.strip, sentences))] == []


@pytest.mark.parametrize("lang", LANGS)
def test_no_sentence_is_marked_as_doubtful(lang):
    assert [entry.id for entry in catalogue(lang) if entry.id and entry.fuzzy] == []


def test_both_languages_speak_of_the_same_values():
    spoken = {code: {frozenset(placeholders(text)) for lang in LANGS for text in forms(lang)[code]} for code in CODES}
    assert [code for code, values in spoken.items() if len(values) > 1] == []


def test_plural_sentences_are_plural_in_both_languages_and_speak_of_n():
    plural = {
        lang: {entry.id[0] for entry in catalogue(lang) if entry.id and not isinstance(entry.id, str)} for lang in LANGS
    }
    assert plural["zh"] == plural["en"]
    beside = "slides.count."  # these stand beside their number
    without = [code for code in plural["en"] if "n" not in placeholders(forms("en")[code][0])]
    assert [code for code in without if not code.startswith(beside)] == []
    assert {len(forms("en")[code]) for code in plural["en"]} == {2}
    assert {len(forms("zh")[code]) for code in plural["zh"]} == {1}


def test_a_number_before_a_plural_has_the_word_for_one_too():
    """Texts, like a file or a village, may have a verb behind them: {file} names."""
    nouns = (
        "accounts branches calls cells changes characters clusters codes columns contacts days deputies devices drafts"
    )
    nouns += " entries errors files grids groups hamlets hours households images layers leads lines links lists members"
    nouns += (
        " minutes months needs notes parts persons pieces places plans points polygons positions records rows seconds"
    )
    nouns += " sheets steps tiles times titles villages visits weeks years"
    texts = "day|file|form|grid|help|member|option|village|what|who"
    number = re.compile(rf"\{{(?!(?:{texts})\}})(\w+)\}} (?:(?:new|more) )?(?:{nouns.replace(' ', '|')})\b")
    lacking = [
        (code, name)
        for code, sentences in forms("en").items()
        for sentence in sentences
        for name in number.findall(sentence)
        if name != "n" or len(sentences) == 1
    ]
    assert lacking == []
    assert [code for code, (text, *_) in forms("zh").items() if re.search(r"\{\w+:", text)] == []


@pytest.mark.parametrize(
    ("n", "said"), [(1, "1 household has"), (1394, "1,394 households have"), (0, "0 households have")]
)
def test_a_word_may_go_by_any_number_of_a_sentence(monkeypatch, n, said):
    text = {"so.many": "{all} {all:household|households} {all:has|have} {n} of {members:a member|members}."}
    monkeypatch.setattr("gridplan.words._texts", lambda lang, titles: text)
    assert say("so.many", "en", n=n, all=n, members=2) == f"{said} {n:,} of members."


def test_every_sentence_is_in_its_own_language():
    chinese = re.compile("[\u4e00-\u9fff]")
    wordless = re.compile(r"(\{\w+\}|[^\w{}])*")
    fits = lambda sentence: chinese.search(sentence) or wordless.fullmatch(sentence)  # noqa: E731
    assert [code for code, sentences in forms("zh").items() if not all(map(fits, sentences))] == []
    assert [code for code, sentences in forms("en").items() if any(map(chinese.search, sentences))] == []


# ---- what a town calls its people


TOWN = frozenset(
    {
        ("zh", "lead", "十户长"),
        ("zh", "deputy", "微网格长助理"),
        ("en", "member", "Liaison"),
        ("en", "lead", "uncle"),
        ("en", "deputy", "bailiff's secretary"),
    }
)


@pytest.fixture
def of_town():
    use_titles(TOWN)
    yield
    use_titles(NO_TITLES)


@pytest.mark.parametrize(
    ("code", "lang", "expected"),
    [
        ("people.nobody", "zh", "这里列出各村的联户人员（十户长和微网格长助理）。请先导入联户人员名单。"),
        ("drafts.choose_lead", "en", "Choose an uncle"),
        ("drafts.leads", "en", "Uncles"),
        ("map.deputies", "en", "Bailiff's secretaries"),
        ("registry.add_member", "en", "Add a Liaison"),
    ],
)
def test_texts_have_a_town_s_titles_with_plural_capital_and_article(of_town, code, lang, expected):
    assert say(code, lang) == expected
    assert words(code[:-1], lang)[code[-1]] == expected


def test_values_and_names_of_options_and_fields_stay_as_they_are(of_town):
    said = say("existing.lead_unknown", "en", grid=1, lead="member 协助人")
    assert said.startswith("1: its uncle member 协助人 is not in the list of Liaisons.")
    assert "--member-column name=HEADER" in say("members.no_names", "en", file="a", names="b")
    assert say("imports.help.members", "en").startswith("Party members, ")


@pytest.mark.parametrize("title", ["{n}", "{", "}}", "<b>", "长"])
@pytest.mark.parametrize("lang", LANGS)
def test_a_title_is_never_a_place_for_a_value(title, lang):
    use_titles(frozenset({(lang, "lead", title)}))
    assert title.replace("{", "(").replace("}", ")") in say("drafts.without_lead_n", lang, n=2)
    use_titles(NO_TITLES)


@pytest.mark.parametrize("lang", LANGS)
def test_headings_that_are_read_back_have_the_title_in_brackets(of_town, lang):
    assert heading("book.lead", lang) == {"zh": "微网格长（十户长）", "en": "Lead (Uncle)"}[lang]
    assert heading("book.village", lang) == say("book.village", lang)


def test_titles_are_those_of_a_thread(of_town):
    said = []
    thread = threading.Thread(target=lambda: said.append(say("map.lead", "zh")))
    thread.start()
    thread.join()
    assert said == ["微网格长"]


def test_lead_is_a_noun_in_every_english_text():
    verb = re.compile(
        r"\b(may|can|could|would|will|to|who|which|that|they|you|members?) leads?\b"
        r"|\bleads? (to|no|this|how|each)\b|\bleading\b",
        re.IGNORECASE,
    )
    documents = {page.name: [page.read_text(encoding="utf-8")] for page in (ROOT / "docs" / "en").glob("*.md")}
    assert [name for name, texts in (forms("en") | documents).items() if any(map(verb.search, texts))] == []


# ---- one thing has one word: the table of docs/glossary.md


COLUMNS_OF = {"zh": (1, 3), "en": (2, 4)}
"""Where the table has the words of a language, and those that are not its words."""
MAY_HAVE = {
    ("zh", "党员"): {
        "book.kind.party_member": "one kind of members, the others being cadres and volunteers",
        "template.kind.means": "names the kinds of members",
        "imports.help.members": "names the kinds of members",
    },
}
"""Texts that may have a word all the same, and why."""


def glossary():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").partition("## On the screen")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return rows[2:]


def terms(cell):
    return list(filter(None, map(str.strip, re.split("[;,]", cell))))


def words_of(lang):
    """The words of a language on the screen, and those that are not: “alone”, or anywhere in a text."""
    right, wrong = COLUMNS_OF[lang]
    return [[term for row in glossary() for term in terms(row[at])] for at in (right, wrong)]


def stands_in(word, text, lang, right):
    """Whether a word stands in a text other than within a longer word that is right; a number in it is any number."""
    if word[0] == "“":
        return text.strip(" …") == word.strip("“”")
    for longer in sorted((term for term in right if word in term), key=len, reverse=True):
        text = text.replace(longer, "")
    edge = r"\b" if lang == "en" else ""
    return bool(re.search(edge + re.escape(word).replace("3", r"(\d+|\{\w+\})") + edge, text, re.IGNORECASE))


@pytest.mark.parametrize("lang", LANGS)
def test_no_text_has_another_word_than_the_glossary_s(lang):
    right, wrong = words_of(lang)
    found = {
        (code, word)
        for code, texts in forms(lang).items()
        for text in texts
        for word in wrong
        if stands_in(word, text, lang, right) and code not in MAY_HAVE.get((lang, word), {})
    }
    assert sorted(found) == []


@pytest.mark.parametrize("lang", LANGS)
def test_no_document_has_another_word_than_the_glossary_s(lang):
    right, wrong = words_of(lang)
    readme = ROOT / ("README.zh.md" if lang == "zh" else "README.md")
    found = [
        (page.name, word, line)
        for page in [readme, *(ROOT / "docs" / lang).glob("*.md")]
        for line in re.sub("`[^`\n]*`", "", page.read_text(encoding="utf-8")).splitlines()
        for word in wrong
        if stands_in(word, line, lang, right) and (word, page.name) != ("党员", "lists.md")  # one kind of members
    ]
    assert found == []


def test_texts_that_may_have_another_word_do():
    assert [
        (code, word)
        for (lang, word), codes in MAY_HAVE.items()
        for code in codes
        if code not in CODES or not any(word in text for text in forms(lang)[code])
    ] == []


@pytest.mark.parametrize(
    ("word", "text", "lang"),
    [
        ("网格", "在 3 号微网格和网格里", "zh"),
        ("第 3 微网格", "第 {grid} 微网格", "zh"),
        ("in force", "The plan is In force.", "en"),
        ("“Start”", "Start", "en"),
    ],
)
def test_the_search_for_words_finds_them(word, text, lang):
    assert stands_in(word, text, lang, words_of(lang)[0])


@pytest.mark.parametrize(
    ("word", "text", "lang"),
    [("网格", "3 号微网格的微网格长", "zh"), ("in force", "in forces", "en"), ("“Start”", "Start again", "en")],
)
def test_the_search_for_words_leaves_others_alone(word, text, lang):
    assert not stands_in(word, text, lang, words_of(lang)[0])


# ---- the catalogue and the code


def test_every_code_used_is_in_the_catalogue():
    assert sorted(used() - prefixes() - CODES) == []


def test_every_prefix_used_has_codes():
    assert [prefix for prefix in prefixes() if not any(code.startswith(prefix) for code in CODES)] == []


def test_every_code_in_the_catalogue_is_used():
    built_from = tuple(prefixes() - FOUND_ONE_BY_ONE)
    assert sorted(code for code in CODES - used() if not code.startswith(built_from)) == []


def test_the_search_for_codes_finds_them():
    assert {"cli.planned", "verify.size", "read.row.swapped", "entrance.door", "map.zoom_in"} <= used()
    assert {"field.", "help.", "map.", "role.", "verify."} <= prefixes()


# ---- sentences


@pytest.mark.parametrize(
    ("n", "english"),
    [
        (0, "0 households cannot be cut into grids of 10 to 15."),
        (1, "1 household cannot be cut into grids of 10 to 15."),
        (2, "2 households cannot be cut into grids of 10 to 15."),
        (1_234_567, "1,234,567 households cannot be cut into grids of 10 to 15."),
    ],
)
def test_n_chooses_the_plural_form_in_english(n, english):
    assert say("exception.size", "en", n=n, least=10, most=15) == english


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_chinese_has_one_form(n):
    assert say("exception.size", "zh", n=n, least=10, most=15) == say(
        "exception.size", "zh", n=9, least=10, most=15
    ).replace("9", str(n))


@pytest.mark.parametrize("lang", LANGS)
def test_whole_numbers_have_separators_and_texts_are_left_alone(lang):
    sentence = say("engine.infeasible.size", lang, n=13540, least=10, most=15, below="10000", above=20)
    assert "13,540" in sentence
    assert "10000" in sentence


def test_true_is_not_written_as_a_number():
    assert say("map.grid", "en", number=True) == "Grid True"


@pytest.mark.parametrize("lang", LANGS)
def test_a_sentence_within_a_sentence_is_in_the_same_language(lang):
    inner = Message("exception.join", {"village": "上柏村"})
    assert inner.say(lang) in say("cli.note", lang, text=inner)
    assert inner.say(lang) in Message("cli.note", {"text": inner}).say(lang)


@settings(deadline=None)
@given(st.text())
def test_a_value_is_put_in_as_it_is_written(text):
    assert say("map.search_none", "en", text=text) == f"Nothing found for “{text}”."


@pytest.mark.parametrize("lang", LANGS)
def test_an_unknown_code_is_a_mistake_of_ours(lang):
    with pytest.raises(KeyError, match=r"no\.such\.code"):
        say("no.such.code", lang)


def test_sizes_of_files_are_kilobytes_and_from_a_megabyte_on_megabytes():
    sizes = [file_size(n) for n in (0, 1_499, 999_499, 999_500, 12_345_678)]
    assert sizes == ["1 KB", "1 KB", "999 KB", "1.0 MB", "12.3 MB"]


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (0, "0 m", "0 米"),
        (45.4, "45 m", "45 米"),
        (999.4, "999 m", "999 米"),
        (999.5, "1.0 km", "1.0 公里"),
        (609_130.0, "609.1 km", "609.1 公里"),
        (12_345_678.9, "12,345.7 km", "12,345.7 公里"),
    ],
)
def test_lengths_are_metres_and_from_a_kilometre_on_kilometres(length, english, chinese):
    assert metres(length) == english
    assert metres(length, "zh") == chinese


@pytest.mark.parametrize("lang", LANGS)
def test_the_words_of_a_prefix_are_its_plain_sentences_without_the_prefix(lang):
    assert words("unit.", lang) == {
        "metres": catalogue(lang).get("unit.metres").string,
        "kilometres": catalogue(lang).get("unit.kilometres").string,
    }
    assert words("exception.", lang).keys() == {"accept", "join", "join_near", "leave_out"}  # exception.size is plural


# ---- lists within a sentence


def test_every_language_has_its_own_mark():
    assert series(["a", "b"]).say("en") == "a, b"
    assert series(["a", "b"]).say("zh") == "a、b"
    assert series([]).say("zh") == ""


def test_what_is_left_is_counted():
    many = series(map(str, range(2000)), 20)
    assert many.say("en").endswith("18, 19, and 1,980 more")
    assert many.say("zh").endswith("18、19、另有 1,980 个")
    assert series("ab", 2).say("en") == "a, b"


def test_things_in_a_series_are_said_in_the_same_language():
    sentence = Message("check.unused", {"columns": series([Message("field.name"), "x"])})
    assert (sentence.say("en"), sentence.say("zh")) == ("  not used: name, x", "  未采用的列：户主（name）、x")


# ---- sentences of the command line on a page


def test_a_sentence_that_names_an_option_has_a_wording_of_its_own_on_pages():
    code = next(code.removeprefix(ON_PAGE) for code in sorted(CODES) if code.startswith(ON_PAGE))
    assert on_page(Message(code)).code == f"{ON_PAGE}{code}"
    assert on_page(series([Message(code)])).items[0].code == f"{ON_PAGE}{code}"
    within = on_page(Message("cli.note", {"text": Message(code), "n": 1}))
    assert (within.code, within.values["text"].code, within.values["n"]) == ("cli.note", f"{ON_PAGE}{code}", 1)
