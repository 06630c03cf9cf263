"""Plays docs/demo.md in Chromium, with no way out of the computer: `make story`.

python docs/story.py [-o DIR] [--lang zh|en] [--pause SECONDS] [--show] [--by-hand]
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Final

import numpy as np
from openpyxl import Workbook
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("tests", "tests/support"))

from browser.conftest import DESKTOP
from gridplan_web import create_app
from resources import CHROMIUM_FLAGS, chromium

from gridplan.commands.options import StaffingOptions
from gridplan.demo import make_town
from gridplan.demo.definition import read_definition
from gridplan.demo.town import DemoTown, write_town
from gridplan.model import Household
from gridplan.planning.county import PlanSettings
from gridplan.planning.from_files import plan_files
from gridplan.planning.inputs import PlanSources
from gridplan.service.access.accounts import invite_each_role
from gridplan.service.imports.load_plan import load_demo
from gridplan.store import Store
from gridplan.words import LANGS, Lang, say

NO_WAY_OUT: Final = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
KNOWN: Final = ("后山村", "草坪村")
"""Villages that the town knows already."""
NEW: Final = "半岭村"
"""The village whose workbook is dropped."""
SIZES: Final = (8, 18)
"""How large the grids are that the village made for itself."""
LATER: Final = 120_000
"""Milliseconds that a job may take."""
QUIET_WORDS: Final = "four-quiet-words"
REASON: Final[dict[Lang, str]] = {"zh": "经村民代表会议同意", "en": "Agreed by the village meeting"}
MEETING: Final[dict[Lang, str]] = {"zh": "半月工作例会", "en": "Fortnightly meeting"}


# ---- the stage


@dataclass(frozen=True)
class Stage:
    """Where the story plays: the address of a service, links of its accounts by role, the files that are dropped."""

    base: str
    links: dict[str, str]
    files: tuple[Path, ...]
    folder: Path
    """Where what is fetched is saved."""


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Serve two villages with half a year of visits, beside the workbook of a third that the town does not know."""
    town, now = make_town(0), datetime.now(UTC)
    lists = write_town(part_of(town, KNOWN), folder / "lists")
    new = part_of(town, (NEW,))
    workbook = folder / f"{NEW}.xlsx"
    write_messy_workbook(new.households, [member.name for member in new.members], workbook)
    boundary = write_town(new, folder / "new").villages.rename(folder / f"{NEW}.geojson")
    plan_files(
        PlanSources(
            (str(lists.households),), str(lists.villages), hamlets=str(lists.hamlets), members=str(lists.members)
        ),
        folder / "plan",
        PlanSettings(),
        StaffingOptions().rules(),
        strict=True,
        workers=1,
        lang="zh",
        progress=lambda *_: None,
    )
    (folder / "data").mkdir()
    store = Store(folder / "data")
    store.upgrade()
    load_demo(store, folder, name=town.name, now=now)
    invited = invite_each_role(store, names=read_definition().offices, now=now)
    app = create_app(store)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    try:
        yield Stage(
            base, {role: f"{base}/i/{one.token}" for role, one in invited.items()}, (workbook, boundary), folder
        )
    finally:
        server.shutdown()
        server.server_close()
        app.extensions["jobs"].close()
        store.close()


def part_of(town: DemoTown, names: Sequence[str]) -> DemoTown:
    """Return some villages of a town, on its land."""
    return replace(
        town,
        households=tuple(home for home in town.households if home.village in names),
        villages=tuple(one for one in town.villages if one.name in names),
        hamlets=tuple(one for one in town.hamlets if one.village in names),
        members=tuple(one for one in town.members if one.village in names),
    )


def write_messy_workbook(households: Sequence[Household], members: Sequence[str], path: Path) -> None:
    """Write a village as an office keeps it: a title above, private columns, grids of its own, rows that are wrong."""
    rng = np.random.default_rng(0)
    book = Workbook()
    sheet = book.active
    sheet.title = households[0].village
    sheet.append([f"{sheet.title}住户台账（演示数据，均为虚构）"])
    sheet.append([])
    sheet.append(
        ["序号", "户编号", "户主姓名", "身份证号", "民族", "低保", "组别", "门牌", "经度", "纬度", "网格", "网格长"]
    )
    grid = row = 0
    for _, hamlet in groupby(households, key=lambda home: home.hamlet):
        waiting = list(hamlet)
        while waiting:
            grid, size = grid + 1, int(rng.integers(*SIZES))
            for home in waiting[:size]:
                row += 1
                private = (f"999999{row:012d}", "汉族", "是" if row % 9 == 0 else "否")
                place = (home.lon, home.lat) if row % 40 else ("待核", None) if row % 80 else (0, 0)
                own = (home.hamlet, home.door, *place, f"第{grid}网格", members[grid % len(members)])
                sheet.append([row, home.household_id, home.name, *private, *own])
            waiting = waiting[size:]
    people = book.create_sheet("联户人员")
    people.append(["姓名", "人员类别", "村"])
    for name in members:
        people.append([name, "党员", sheet.title])
    book.save(path)


# ---- the scenes


@dataclass
class Story:
    """What a scene has: the stage, the page, and the language it plays in."""

    stage: Stage
    page: Page
    lang: Lang

    def press(self, code: str, **values: object) -> None:
        """Press the button, or follow the link, that a sentence of the product stands on."""
        words = say(code, self.lang, **values)
        button = self.page.get_by_role("button", name=words).or_(self.page.get_by_role("link", name=words))
        button.first.click(timeout=LATER)

    def go(self, path: str) -> None:
        """Open a page of the service."""
        self.page.goto(f"{self.stage.base}{path}")

    def sign_in(self, role: str) -> None:
        """Sign in by the link of a role."""
        self.page.goto(self.stage.links[role])
        self.page.fill("[name=password]", QUIET_WORDS)
        self.press("entrance.start")
        self.page.wait_for_url(f"{self.stage.base}/")

    def drawn(self) -> None:
        """Wait for the map of the page."""
        self.page.locator("#map[data-ready]").wait_for(timeout=LATER)

    def version(self, number: int) -> None:
        """Wait for a version of the draft that is open."""
        expect(self.page.locator("main")).to_have_attribute("data-version", str(number), timeout=LATER)


Scene = Callable[[Story], None]


def drop_a_messy_workbook(story: Story) -> None:
    """Drop it: private columns are thrown away, refused rows are listed with what to do about them."""
    page = story.page
    story.sign_in("administrator")
    story.go("/imports")
    page.set_input_files("#files", story.stage.files)
    page.locator("#confirming").wait_for(timeout=LATER)
    notes = page.locator("details").last
    notes.locator("summary").click()
    expect(notes).to_contain_text("身份证号")
    expect(page.locator("#refused")).to_contain_text("待核")
    page.locator("#refused").scroll_into_view_if_needed()


def keep_the_grids_that_exist(story: Story) -> None:
    """Make a draft of the grids of the village as they are; every rule that they break is named."""
    page = story.page
    page.locator("#confirming button.primary").click()
    page.locator("main a.primary[href*='/drafts/']").click(timeout=LATER)
    story.drawn()
    page.locator("main a[href$='/redraw']").first.click(timeout=LATER)
    page.locator("main[data-ready]").wait_for(timeout=LATER)
    story.drawn()
    page.locator("#for-rules").click()


def mend_them(story: Story) -> None:
    """Mend the grids by few moves, whose price is shown before anything is applied."""
    story.page.keyboard.press("b")
    story.page.locator("#redraw-proposal button.primary").click(timeout=LATER)
    story.version(1)


def move_a_household_and_undo(story: Story) -> None:
    """Move a household to another grid by its number, and take that back."""
    page = story.page
    page.locator("#for-households").click()
    page.locator(".home-row").first.click()
    page.locator("#to-grid").fill("2")
    page.locator("#to-grid").press("Enter")
    story.version(2)
    page.locator("#undo").click()
    story.version(3)


def publish_it(story: Story) -> None:
    """Publish what a page says will change; what still breaks a rule asks for a reason."""
    page = story.page
    page.locator(".crumbs a[href*='/drafts/']").first.click()
    story.drawn()
    story.press("drafts.publish_link")
    for reason in page.locator("input[name^=because]").all():
        reason.fill(REASON[story.lang])
    page.locator("main form button.primary").last.click()
    page.wait_for_url("**/published*", timeout=LATER)


def type_a_sheet(story: Story) -> None:
    """Type a sheet that came in on paper: the rows of those who were met, and Enter."""
    page = story.page
    story.go("/desk")
    page.locator(".pile li:not(.in) a[href*='/desk/sheet']").first.click(timeout=LATER)
    page.locator("#f-met").fill("1-8")
    page.locator("#f-met").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("8", timeout=LATER)


def see_where_contact_fails(story: Story) -> None:
    """Look at the grids by number; who asks for a ranking gets the rule that forbids it."""
    page = story.page
    story.go("/coverage/grids?sort=share")
    page.locator(".gridplan-marks").wait_for(state="attached", timeout=LATER)
    page.get_by_text(say("coverage.no_ranking", story.lang)).scroll_into_view_if_needed()


def make_the_pack(story: Story) -> None:
    """Make the material of a meeting with one press, kept to be made again for the next one."""
    page = story.page
    story.go("/packs/new")
    page.check("[name=profile][value=meeting]")
    page.fill("[name=reason]", REASON[story.lang])
    for form in ("form-wall-map", "form-map", "form-slides"):
        page.locator(f"[name={form}]").first.check()
    page.fill("[name=name]", MEETING[story.lang])
    page.locator("button[name=keep]").click()
    page.locator("form[action*='/files/'] button").first.wait_for(timeout=LATER)


def open_the_map_by_itself(story: Story) -> None:
    """Fetch the map and open it as a file: it needs no service and names no household."""
    page = story.page
    with page.expect_download() as fetched:
        page.get_by_role("button", name=re.compile("HTML")).click(timeout=LATER)
    file = story.stage.folder / "map.html"
    fetched.value.save_as(file)
    page.goto(file.as_uri())
    page.locator(".gridplan-marks").wait_for(state="attached", timeout=LATER)


SCENES: Final[tuple[Scene, ...]] = (
    drop_a_messy_workbook,
    keep_the_grids_that_exist,
    mend_them,
    move_a_household_and_undo,
    publish_it,
    type_a_sheet,
    see_where_contact_fails,
    make_the_pack,
    open_the_map_by_itself,
)


def play(story: Story, after: Callable[[str], object] = lambda scene: None, without: Collection[Scene] = ()) -> None:
    """Play the scenes one after the other."""
    for scene in (scene for scene in SCENES if scene not in without):
        scene(story)
        after(scene.__name__)


def main() -> None:
    """Play the story, a picture of each scene; or serve the stage until Ctrl+C, to play it by hand."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("-o", "--output", type=Path, default=Path("story"), help="folder of the pictures")
    asked.add_argument("--lang", choices=LANGS, default="zh")
    asked.add_argument("--pause", type=float, default=0.5, help="seconds after each scene")
    asked.add_argument("--show", action="store_true", help="in a window that can be seen")
    asked.add_argument("--by-hand", action="store_true", help="serve the stage and play nothing")
    options = asked.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as at:
        if options.by_hand:
            by_hand(at)
            return
        with sync_playwright() as driver:
            browser = driver.chromium.launch(
                executable_path=chromium(with_windows=options.show),
                args=[*CHROMIUM_FLAGS, NO_WAY_OUT],
                headless=not options.show,
            )
            page = browser.new_page(**DESKTOP, locale={"zh": "zh-CN", "en": "en-GB"}[options.lang])
            options.output.mkdir(parents=True, exist_ok=True)
            began = time.monotonic()

            def after(scene: str) -> None:
                page.wait_for_timeout(1000 * options.pause)
                print(f"{time.monotonic() - began:5.0f} s  {scene.replace('_', ' ')}")  # noqa: T201
                page.screenshot(path=options.output / f"{scene}.png")

            play(Story(at, page, options.lang), after)
            browser.close()


def by_hand(at: Stage) -> None:
    """Say where the stage is, until Ctrl+C."""
    for line in (at.links["administrator"], *at.files):
        print(line)  # noqa: T201
    threading.Event().wait()


if __name__ == "__main__":
    main()
