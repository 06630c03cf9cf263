"""Runs gridplan and its peers side by side, and writes docs/benchmarks.md and its picture.

python benchmarks/table.py [--instances DIR] [--quick] [--only villages,places,stuck,public,demo,speed,county] [-o FILE]
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import shapely
from cases import Case, broken, cost, county, demo, mixed, places, public, stuck, village
from peers import Run, run
from redraw import rows as redraw_rows

Row = list[str]
ROOT = Path(__file__).parent.parent
PACKAGES = ("numpy", "scipy", "numba", "scikit-learn", "k-means-constrained", "pymetis", "spopt")
PEER = "k-means-constrained"

VILLAGES = "households | who | gap, mean % | worst % | walk / peer | SSE / peer | outside bounds | s | MB | failed"
PLACES = "place | households | who | gap, mean % | worst % | walk / peer | mixed grids | outside bounds | s | failed"
STUCK = "instance | n | k | who | % over, mean | worst | s | failed"
PUBLIC = (
    "instance | n | k | objective | reference | % over | fast, % over | peer, % over | s | fast, s | outside bounds"
)
SPEED = "households | objective | gridplan, s | peer, s | times faster | cost / peer"
DEMO = "who | walk, m | walk / peer | s"
REDRAW = "households | request | p95, ms | processor, ms"
COUNTY = "who | engine s | walk, m | gap % | grids not connected | remarks"


@dataclass(frozen=True)
class Plan:
    """How much is run."""

    sizes: tuple[int, ...] = (150, 500, 1_500, 3_000, 5_000)
    places: tuple[int, ...] = (500, 1_500)
    seeds: int = 3
    repeats: int = 5
    limit: float = 120
    """Seconds that a peer has for each answer."""
    patience: float = 10
    """Seconds for each 1,000 points, and the fewest for any instance."""
    peers_in_county: bool = True


EFFORTS: dict[str, tuple[str, dict[str, object]]] = {
    f"gridplan {effort}": ("gridplan", {"effort": effort}) for effort in ("fast", "standard", "best")
}

QUICK = Plan(sizes=(150, 500, 1_500), places=(500,), seeds=1, repeats=1, limit=30, patience=3, peers_in_county=False)


def of_each(case: Case, measured: Run, objective: str | None = None) -> list[float]:
    return [cost(replace(case, objective=objective or case.objective), label) for label in measured.labels]


def table(head: str, rows: Iterator[Row]) -> str:
    columns = head.split("|")
    lines = [head, "|".join(["---"] * len(columns))]
    for row in rows:
        lines.append(" | ".join(row))
        print(lines[-1], flush=True)
    return "\n".join(f"| {line.strip()} |" for line in lines) + "\n"


def public_rows(cases: list[Case], plan: Plan) -> Iterator[Row]:
    for case in cases:
        n = len(case.xy)
        limit = plan.patience * max(1, n / 1_000)
        timed = run("gridplan", case, range(plan.seeds), 2 * limit, time_limit=limit)
        fast = run("gridplan", case, range(plan.seeds), plan.limit, effort="fast")
        peer = run(PEER, case, range(plan.seeds), plan.limit) if case.load is None else Run(failed="no loads")
        reference = "proven" if case.proven else "known"
        over = [
            measured.failed
            or " / ".join(f"{100 * share + 0.0:.3f}" for share in np.round(_over(case, measured)[[0, -1]], 5))
            for measured in (timed, fast, peer)
        ]
        seconds = [f"{np.median(measured.seconds):.2f}" if measured.seconds else "" for measured in (timed, fast)]
        outside = sum(broken(case, label) for label in timed.labels + fast.labels)
        yield [case.name, str(n), str(case.k), case.objective, reference, *over, *seconds, str(outside)]


def _over(case: Case, measured: Run) -> np.ndarray:
    """Return by what share each answer is above the reference, the best first."""
    return np.sort(np.array(of_each(case, measured)) / case.reference - 1)


def contenders(plan: Plan, n: int) -> dict[str, tuple[str, dict[str, object]]]:
    """Return who runs on a village, and with which options."""
    connected = {"gridplan standard, connected": ("gridplan", {"contiguous": True})}
    timed = {
        f"gridplan, {each} s per 1,000": ("gridplan", {"time_limit": each * n / 1_000})
        for each in ((1, plan.patience) if n <= 1_500 else ())
    }
    return EFFORTS | connected | timed | {peer: (peer, {}) for peer in (PEER, "bisection", "pymetis", "spopt MaxP")}


def village_rows(plan: Plan, dots: list[tuple[int, str, float, float]]) -> Iterator[Row]:
    """Yield a row for each size and contender; put its gap and seconds among the dots of the picture."""
    for n in plan.sizes:
        cases = [village(n, seed) for seed in range(plan.seeds)]
        proofs = [run("gridplan", case, range(1), plan.limit, effort="standard", bound=True).bound for case in cases]
        by_peer: dict[str, list[Run]] = {
            name: [run(who, case, range(plan.seeds), plan.limit, **options) for case in cases]
            for name, (who, options) in contenders(plan, n).items()
        }
        for name, runs in by_peer.items():
            failed = [measured.failed for measured in runs if measured.failed]
            if failed:
                yield [str(n), name, "", "", "", "", "", "", "", failed[0]]
                continue
            gaps = [
                100 * (np.array(of_each(case, measured)) / low - 1)
                for case, measured, low in zip(cases, runs, proofs, strict=True)
            ]
            ratios = [
                [
                    np.median(of_each(case, mine, objective)) / np.median(of_each(case, theirs, objective))
                    for case, mine, theirs in zip(cases, runs, by_peer[PEER], strict=True)
                    if theirs.labels
                ]
                or [np.nan]
                for objective in ("median", "sse")
            ]
            seconds = np.median([measured.seconds for measured in runs])
            dots.append((n, name, float(seconds), float(np.mean(gaps))))
            yield [
                str(n),
                name,
                f"{np.mean(gaps):.2f}",
                f"{np.max(gaps):.2f}",
                *(f"{np.median(ratio):.3f}" for ratio in ratios),
                str(sum(broken(case, label) for case, ran in zip(cases, runs, strict=True) for label in ran.labels)),
                f"{seconds:.3f}",
                f"{max(measured.megabytes for measured in runs):.0f}",
                "",
            ]


def place_rows(plan: Plan) -> Iterator[Row]:
    """Yield what keeping banks and hamlets apart costs, too: a walk longer than the peer's may be the better plan."""
    who_are: dict[str, tuple[str, dict[str, object]]] = {PEER: (PEER, {})} | EFFORTS
    who_are["gridplan standard, connected"] = ("gridplan", {"contiguous": True})
    who_are["gridplan, as a village"] = ("gridplan, as a village", {})
    for n in plan.places:
        by_kind = zip(*(places(n, seed) for seed in range(plan.seeds)), strict=True)
        for cases in by_kind:
            low = [run("gridplan", case, range(1), plan.limit, bound=True).bound for case in cases]
            theirs: list[Run] = []
            for name, (who, options) in who_are.items():
                runs = [run(who, case, range(plan.seeds), plan.limit, **options) for case in cases]
                theirs = theirs or runs
                failed = [measured.failed for measured in runs if measured.failed]
                if failed:
                    yield [cases[0].name, str(n), name, *[""] * 6, failed[0]]
                    continue
                gaps = [100 * (np.array(of_each(*one)) / at - 1) for *one, at in zip(cases, runs, low, strict=True)]
                ratios = [
                    np.median(of_each(case, mine)) / np.median(of_each(case, other))
                    for case, mine, other in zip(cases, runs, theirs, strict=True)
                    if other.labels
                ]
                answers = [(case, label) for case, ran in zip(cases, runs, strict=True) for label in ran.labels]
                yield [
                    *(cases[0].name, str(n), name, f"{np.mean(gaps):.2f}", f"{np.max(gaps):.2f}"),
                    f"{np.median(ratios):.3f}" if ratios else "",
                    f"{np.mean([mixed(*answer) for answer in answers]):.1f}",
                    str(sum(broken(*answer) for answer in answers)),
                    *(f"{np.median([measured.seconds for measured in runs]):.2f}", ""),
                ]


def stuck_rows(cases: list[Case], plan: Plan) -> Iterator[Row]:
    for case in cases:
        limit = plan.patience * len(case.xy) / 1_000
        timed = {f"gridplan, {plan.patience:.0f} s per 1,000": ("gridplan", {"time_limit": limit})}
        for name, (who, options) in (EFFORTS | timed | {PEER: (PEER, {})}).items():
            measured = run(who, case, range(plan.seeds), plan.limit + 2 * limit, **options)
            of_case = [case.name, str(len(case.xy)), str(case.k), name]
            if measured.failed:
                yield [*of_case, "", "", "", measured.failed]
                continue
            over = 100 * _over(case, measured)
            yield [*of_case, f"{over.mean():.2f}", f"{over[-1]:.2f}", f"{np.median(measured.seconds):.2f}", ""]


def speed_rows(plan: Plan) -> Iterator[Row]:
    for n in (1_500, 3_000, 5_000):
        case = village(n, 0)
        theirs = run(PEER, case, range(plan.repeats), 5 * plan.limit)
        for objective in ("sse", "median"):
            ours = run("gridplan", replace(case, objective=objective), range(plan.repeats), plan.limit, effort="fast")
            cells = [str(n), objective, ours.failed or f"{np.median(ours.seconds):.3f}"]
            if theirs.failed or ours.failed:
                yield [*cells, theirs.failed, "", ""]
                continue
            times = np.median(theirs.seconds), np.median(theirs.seconds) / np.median(ours.seconds)
            ratio = np.median(of_each(case, ours, objective)) / np.median(of_each(case, theirs, objective))
            yield [*cells, f"{times[0]:.2f}", f"{times[1]:.0f}", f"{ratio:.3f}"]


def demo_rows(plan: Plan) -> Iterator[Row]:
    cases = demo()
    contenders: dict[str, tuple[str, dict[str, object]]] = {PEER: (PEER, {})}
    for effort in ("fast", "standard", "best"):
        contenders[f"gridplan {effort}, connected"] = ("gridplan", {"effort": effort, "contiguous": True})
    walk_of_peer = np.nan
    for name, (who, options) in contenders.items():
        runs = [run(who, case, range(1), plan.limit, **options) for case in cases]
        walk = sum(of_each(case, ran)[0] for case, ran in zip(cases, runs, strict=True))
        walk_of_peer = walk if who == PEER else walk_of_peer
        yield [name, f"{walk:.0f}", f"{walk / walk_of_peer:.3f}", f"{sum(sum(ran.seconds) for ran in runs):.1f}"]


def county_rows(plan: Plan) -> Iterator[Row]:
    from gridplan.engine.village import VillageData
    from gridplan.planning.county import PlanSettings, Task, solve_villages, team_of

    cases = county()
    grounds = [shapely.MultiPoint(case.xy).convex_hull.buffer(30) for case in cases]
    tasks = [Task(case.name, VillageData(case.xy, ground)) for case, ground in zip(cases, grounds, strict=True)]
    for effort, bound in (("fast", False), ("fast", True), ("standard", False), ("standard", True)):
        settings = PlanSettings(effort=effort, bound=bound)
        with team_of(2, [len(case.xy) for case in cases]) as team:
            done = solve_villages(tasks, settings, team, progress=lambda *_: None)
        cuts = [done.cuts[case.name] for case in cases]
        walk = sum(cost(case, cut.grid) for case, cut in zip(cases, cuts, strict=True))
        torn = sum(int((~done.drawn[case.name].connected).sum()) for case in cases)
        gap = f"{100 * (walk / sum(cut.lower_bound or 0 for cut in cuts) - 1):.2f}" if bound else ""
        yield [f"{effort}{', bound' if bound else ''}", f"{done.seconds:.1f}", f"{walk:.0f}", gap, str(torn), ""]
    if plan.peers_in_county:
        runs = [run(PEER, case, range(1), plan.limit) for case in cases]
        walk = sum(of_each(case, ran)[0] for case, ran in zip(cases, runs, strict=True) if ran.labels)
        failed = f"{sum(not ran.labels for ran in runs)} villages without an answer"
        yield [PEER, f"{sum(sum(ran.seconds) for ran in runs) / 2:.0f}", f"{walk:.0f}", "", "", failed]
    one = village(30_000, 0)
    for effort in ("fast", "standard"):
        ran = run("gridplan", one, range(1), plan.limit, effort=effort, contiguous=True)
        cells = ["", "", "", ran.failed]
        if ran.labels:
            cells = [f"{ran.seconds[0]:.1f}", f"{of_each(one, ran)[0]:.0f}", "", "", f"{ran.megabytes:.0f} MB"]
        yield [f"30,000 households as one village, {effort}", *cells]


def picture(dots: list[tuple[int, str, float, float]], path: Path) -> None:
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    mpl.rcParams |= {"svg.hashsalt": "gridplan", "svg.fonttype": "none"}
    sizes = sorted({n for n, *_ in dots if n <= 1_500})
    names = list(dict.fromkeys(name for _, name, *_ in dots))
    figure, axes = plt.subplots(1, len(sizes), figsize=(3.4 * len(sizes) + 2.4, 3.6), sharey=True, squeeze=False)
    for n, panel in zip(sizes, axes[0], strict=True):
        for _, name, seconds, gap in (dot for dot in dots if dot[0] == n):
            ours = name.startswith("gridplan")
            colour = plt.get_cmap("tab10")(names.index(name))
            panel.plot(max(seconds, 1e-4), max(gap, 0.01), "o" if ours else "X", color=colour, label=name)
        panel.set(xscale="log", yscale="log", xlabel="seconds", title=f"{n:,} households")
    axes[0][0].set_ylabel("% above the lower bound")
    figure.tight_layout()
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")


def setting() -> str:
    """Return the machine, the versions and the commit."""
    git = ["git", "-C", str(ROOT)]
    commit = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "gridplan"]).returncode
    known = Path("/proc/cpuinfo")
    rows = known.read_text(encoding="utf-8").splitlines() if known.exists() else []
    processor = next((row.split(":")[1].strip() for row in rows if "model name" in row), platform.processor())
    packages = ", ".join(f"{package} {version(package)}" for package in PACKAGES)
    return (
        f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {packages}; "
        f"commit {commit}{', changed' if changed else ''}. Load at the start: {os.getloadavg()[0]:.1f}."
    )


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--instances", type=Path, help="a folder with index.json; benchmarks/README.md has the format")
    asked.add_argument("--quick", action="store_true", help="one seed, less patience")
    asked.add_argument("--only", default="villages,places,stuck,public,demo,speed,county,redraw")
    asked.add_argument("-o", dest="out", type=Path, default=ROOT / "docs" / "benchmarks.md")
    options = asked.parse_args()
    plan, only = QUICK if options.quick else Plan(), options.only.split(",")
    os.environ |= {"OMP_NUM_THREADS": "1"}
    template = (ROOT / "benchmarks" / "page.md").read_text(encoding="utf-8")
    dots: list[tuple[int, str, float, float]] = []
    parts: dict[str, Callable[[], str]] = {
        "villages": lambda: table(VILLAGES, village_rows(plan, dots)),
        "places": lambda: table(PLACES, place_rows(plan)),
        "stuck": lambda: table(STUCK, stuck_rows(stuck(options.instances), plan)),
        "public": lambda: table(PUBLIC, public_rows(public(options.instances), plan)),
        "demo": lambda: table(DEMO, demo_rows(plan)),
        "speed": lambda: table(SPEED, speed_rows(plan)),
        "county": lambda: table(COUNTY, county_rows(plan)),
        "redraw": lambda: table(REDRAW, redraw_rows()),
    }
    asked_for = {part for part in only if part not in ("public", "stuck") or options.instances}
    made = {part: make() if part in asked_for else "(not run)\n" for part, make in parts.items()}
    options.out.write_text(template.format(setting=setting(), **made), encoding="utf-8")
    if dots:
        picture(dots, options.out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
