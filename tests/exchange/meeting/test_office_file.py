"""Office files: the same bytes for the same content, no trace of a template or a moment, and LibreOffice opens them."""

import subprocess
from io import BytesIO
from zipfile import ZipFile

import pypdfium2
import pytest
from meeting_content import content
from resources import libreoffice

from gridplan.exchange.front_end import built_file
from gridplan.exchange.meeting.report import write_report
from gridplan.exchange.meeting.rosters import write_rosters
from gridplan.exchange.meeting.slides import write_slides
from gridplan.words import LANGS

WRITERS = {"pptx": write_slides, "docx": write_report, "xlsx": write_rosters}
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
FOOT = 16 * 72 / 25.4
"""Points from the foot of a slide up to which its stamp stands."""


@pytest.mark.parametrize("ending", WRITERS)
def test_the_same_content_makes_the_same_bytes_which_name_no_moment_and_nobody(ending):
    known = content(villages=2, grids=3)
    made = WRITERS[ending](known)
    assert WRITERS[ending](known) == made
    with ZipFile(BytesIO(made)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
        assert {one.date_time[0] for one in archive.infolist()} == {1980}
    for name, inner in list(files.items()):
        if name.endswith(".xlsx"):
            with ZipFile(BytesIO(inner)) as archive:
                files |= {f"{name}/{part}": archive.read(part) for part in archive.namelist()}
    cores = [text.decode() for name, text in files.items() if name.endswith("core.xml")]
    assert cores
    for core in cores:
        assert "2000-01-01T00:00:00Z" in core
        assert not any(word in core for word in ("2013", "2026", "Canny", "python", known.stamp.asked_by))
    assert not [name for name in files if "thumbnail" in name or "printerSettings" in name or "customXml" in name]


@pytest.mark.slow
@pytest.mark.libreoffice
def test_libreoffice_opens_all_of_them_in_both_languages_and_nothing_leaves_its_page(tmp_path):
    (tmp_path / "fonts.conf").write_text(FONTS.format(fonts=built_file("fonts"), cache=tmp_path / "cache"))
    names, known_in = [], {}
    for lang in LANGS:
        known = known_in[lang] = content(lang=lang, villages=12, grids=6, name="{}街道办事处第一行政村")
        for ending, write in WRITERS.items():
            names.append(f"{ending}-{lang}.{ending}")
            (tmp_path / names[-1]).write_bytes(write(known))
    profile = (tmp_path / "profile").as_uri()
    command = [libreoffice(), f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", *names]
    env = {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=240, check=True)
    assert "Error" not in done.stderr
    for lang in LANGS:
        for ending in WRITERS:
            pages = written(tmp_path / f"{ending}-{lang}.pdf")
            assert all("K7Q2-9MXD" in text.replace(" ", "") for text, _ in pages)
            assert "石桥街道办事处第一行政村" in "".join(text for text, _ in pages).replace("\n", "").replace(" ", "")
        for number, (_, foot) in enumerate(written(tmp_path / f"pptx-{lang}.pdf"), start=1):
            told = (known_in[lang].stamp.status(lang), *known_in[lang].stamp.texts(lang), f"{number} / 5")
            assert sorted("".join(foot).replace("·", "").replace(" ", "")) == sorted("".join(told).replace(" ", ""))
        assert len(written(tmp_path / f"docx-{lang}.pdf")) == 1


def written(path):
    """Return the text of each page, and the texts that stand where a slide has its stamp."""
    pages = []
    for page in pypdfium2.PdfDocument(path):
        texts = page.get_textpage()
        rects = [texts.get_rect(at) for at in range(texts.count_rects())]
        pages.append((texts.get_text_bounded(), [texts.get_text_bounded(*one) for one in rects if one[1] < FOOT]))
    return pages
