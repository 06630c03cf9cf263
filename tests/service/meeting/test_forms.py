"""The forms in which a snapshot can be had are those that Help lists."""

from pathlib import Path

import pytest

from gridplan.profiles import PROFILES
from gridplan.service.meeting.forms import FORMS
from gridplan.words import BETWEEN, LANGS, say

DOCS = Path(__file__).parents[3] / "docs"
MAY = {
    "en": {
        "see packs": "planner, village clerk, supervisor",
        "keep record": "planner, village clerk",
        "oversee": "planner",
        "plan": "planner",
    },
    "zh": {
        "see packs": "镇经办人、村文书、督导",
        "keep record": "镇经办人、村文书",
        "oversee": "镇经办人",
        "plan": "镇经办人",
    },
}


@pytest.mark.parametrize("lang", LANGS)
def test_help_lists_every_form_with_its_formats_and_profiles(lang):
    text = (DOCS / lang / "meeting.md").read_text()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    listed = [tuple(row[:3]) + (row[4],) for row in rows if len(row) == 6][2:]
    assert listed == [
        (
            say(f"pack.form.{key}", lang),
            BETWEEN[lang].join(one.upper() for one in form.formats),
            BETWEEN[lang].join(say(f"profile.{one}", lang) for one in PROFILES if one in form.profiles),
            MAY[lang][form.power],
        )
        for key, form in FORMS.items()
    ]
