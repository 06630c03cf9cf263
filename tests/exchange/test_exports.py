"""The table of exports: each form is written and has words on the page of a draft."""

import pytest
from sample_towns import town

from gridplan.exchange.exports import EXPORTS, exported
from gridplan.planning.from_files import PLAN_FILES
from gridplan.words import LANGS, say


@pytest.mark.parametrize("name", EXPORTS)
def test_every_form_is_written(name):
    begins = {"xlsx": b"PK", "html": b"<!DOCTYPE", "gpkg": b"SQLite format 3"}[name.rpartition(".")[2]]
    assert exported(name, town(), "en", "Town").startswith(begins)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", EXPORTS)
def test_every_form_has_words_on_the_page_of_a_draft(name, lang):
    assert say(f"page.file.{name}", lang)


def test_the_command_line_writes_all_of_them():
    assert set(EXPORTS) <= set(PLAN_FILES)
