"""The command line. It parses, calls a use case and says what came of it; no algorithm lives here."""

from __future__ import annotations

import io
import math
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gridplan import __version__, county, metrics, planning
from gridplan.engine.cluster import Effort
from gridplan.errors import GridplanError, InputRefused, OutputRefused
from gridplan.verify import verify
from gridplan.words import LANGS, Lang, Message, metres, say

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
out, err = (
    Console(highlight=False, markup=False, soft_wrap=True),
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True),
)


def _usual_lang() -> Lang:
    spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "zh" if spoken.startswith("zh") else "en"


LangOption = Annotated[
    str, typer.Option("--lang", help="zh or en; the language of your system if left out.", show_default=False)
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]


def _lang(value: str) -> Lang:
    if not value:
        return _usual_lang()
    for lang in LANGS:
        if value == lang:
            return lang
    raise typer.BadParameter(f"{value!r} is not one of {', '.join(LANGS)}", param_hint="--lang")


@app.command()
def plan(
    households: Annotated[
        str,
        typer.Argument(
            metavar="HOUSEHOLDS",
            help="List of households: CSV, XLSX, GeoJSON or GeoPackage; FILE#LAYER picks a layer or sheet.",
        ),
    ],
    folder: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for plan.gpkg, map.html, report.json.")
    ],
    villages: Annotated[
        str | None, typer.Option(metavar="FILE", help="Village boundaries: polygons with a name.")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIELD=HEADER",
            help="Which column of the list is meant, e.g. --column name=户主姓名. May be repeated. "
            "Fields: id, name, phone, address, door, lon, lat, village, hamlet.",
        ),
    ] = None,
    village_column: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=HEADER", help="The same for the villages file. Fields: village, code."),
    ] = None,
    snap: Annotated[
        float,
        typer.Option(
            metavar="METRES", min=0, help="A household outside every boundary goes to the nearest within this distance."
        ),
    ] = 0.0,
    strict: Annotated[bool, typer.Option("--strict", help="Write nothing if any row is refused.")] = False,
    least: Annotated[int, typer.Option("--min", min=1, help="Least households of a grid.")] = 10,
    most: Annotated[int, typer.Option("--max", min=1, help="Most households of a grid.")] = 15,
    target: Annotated[float, typer.Option(min=1, help="Mean size to aim at.")] = 12,
    contiguous: Annotated[
        bool, typer.Option("--contiguous/--no-contiguous", help="Whether a grid has to hang together.")
    ] = True,
    effort: Annotated[
        str, typer.Option(metavar="|".join(get_args(Effort)), help="How long to look for shorter walks.")
    ] = "standard",
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="The same seed gives the same plan.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes; the plan does not depend on it.")] = os.cpu_count()
    or 1,
    lang: LangOption = "",
    quiet: QuietOption = False,
) -> None:
    """Cut the villages of a list of households into grids.

    Example: gridplan plan households.csv --villages villages.geojson -o plan
    """
    speech = _lang(lang)
    with _spoken(speech):
        settings = county.Settings(
            least, most, _number(target, "--target"), contiguous, _effort(effort, least, most), seed
        )
        source = planning.Source(
            households,
            villages,
            _pairs(column, "--column"),
            _pairs(village_column, "--village-column"),
            _number(snap, "--snap"),
        )
        with _progress(speech, quiet) as progress:
            made = planning.plan_files(
                source, folder, settings, strict=strict, workers=workers, lang=speech, progress=progress
            )
        if not quiet:
            _say_made(made, folder, speech)


def _effort(value: str, least: int, most: int) -> Effort:
    if least > most:
        raise InputRefused("cli.bounds", least=least, most=most)
    for effort in get_args(Effort):
        if value == effort:
            return effort
    raise InputRefused("cli.effort", value=value, known=", ".join(get_args(Effort)))


def _number(value: float, option: str) -> float:
    if not math.isfinite(value):
        raise InputRefused("cli.number", option=option, value=str(value))
    return value


def _pairs(given: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for pair in given or []:
        name, equals, header = pair.partition("=")
        if not (name and equals and header):
            raise InputRefused("cli.pair", option=option, value=pair)
        pairs[name] = header
    return pairs


def _say_made(made: planning.Made, folder: Path, lang: Lang) -> None:
    town = made.town
    for note in made.notes:
        out.print(note.say(lang))
    for exception in town.exceptions:
        options = "; ".join(option.say(lang) for option in exception.options)
        out.print(say("cli.exception", lang, village=exception.village, reason=exception.reason, options=options))
    if refused := len(made.households.refused):
        out.print(say("cli.refused", lang, n=refused, file=str(folder / "refused.csv")))
    households, walk = metrics.households(town), metrics.walk_m(town)
    out.print(
        say(
            "cli.planned",
            lang,
            households=Message("count.households", {"n": households}),
            villages=Message("count.villages", {"n": len(town.villages)}),
            grids=Message("count.grids", {"n": metrics.grids(town)}),
            walk=metres(walk, lang),
            each=metres(walk / households, lang),
        )
    )
    out.print(say("cli.look", lang, map=str(folder / "map.html")))


@app.command()
def demo(
    folder: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for the lists and the plan.")
    ] = Path("demo-town"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="The next free one is taken if it is not.")] = 8000,
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives another town.")] = 0,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Show the plan in a browser afterwards.")] = True,
    lang: LangOption = "",
    quiet: QuietOption = False,
) -> None:
    """Make the demo town, plan it and serve it. Every person and place in it is invented.

    Example: gridplan demo -o demo-town
    """
    from gridplan_web import create_app, open_server

    from gridplan.demo import make_town, write_town

    speech = _lang(lang)
    with _spoken(speech):
        try:
            lists = write_town(make_town(seed), folder / "lists")
        except OSError as error:
            raise OutputRefused("plan.folder", folder=str(folder), why=error.strerror) from error
        source = planning.Source(str(lists.households), str(lists.villages))
        with _progress(speech, quiet) as progress:
            made = planning.plan_files(
                source,
                folder / "plan",
                county.Settings(),
                strict=True,
                workers=os.cpu_count() or 1,
                lang=speech,
                progress=progress,
            )
        if not quiet:
            _say_made(made, folder / "plan", speech)
        if serve:
            server = open_server(create_app(folder / "plan", default_lang=speech), port)
            typer.echo(say("cli.serving", speech, address=server.address))
            server.run()


@app.command("verify")
def verify_(
    path: Annotated[Path, typer.Argument(metavar="PLAN.GPKG", help="The plan.gpkg of a finished plan.")],
    lang: LangOption = "",
    quiet: QuietOption = False,
) -> None:
    """Check a plan with code of its own: one sentence per violation, and exit code 1 if there is any.

    Example: gridplan verify plan/plan.gpkg
    """
    speech = _lang(lang)
    with _spoken(speech):
        findings = verify(path)
        violations = [finding for finding in findings if not finding.is_note]
        for finding in findings:
            if not (quiet and finding.is_note):
                out.print(
                    finding.message.say(speech)
                    if not finding.is_note
                    else say("cli.note", speech, text=finding.message)
                )
        if not quiet and not violations:
            out.print(say("cli.verified", speech, file=str(path)))
    raise typer.Exit(1 if violations else 0)


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(__version__)
        raise typer.Exit


@app.callback()
def gridplan(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Say the version and stop.")
    ] = False,
) -> None:
    """Cut villages into micro-grids of 10 to 15 households, and show them on a map.

    Example: gridplan demo
    """


@contextmanager
def _spoken(lang: Lang) -> Iterator[None]:
    """Say an error of ours as a sentence and leave with exit code 1; Ctrl-C leaves quietly."""
    try:
        yield
    except GridplanError as error:
        err.print(error.say(lang))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        err.print(say("cli.stopped", lang))
        raise typer.Exit(130) from None


@contextmanager
def _progress(lang: Lang, quiet: bool) -> Iterator[county.Progress]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task(say("cli.reading", lang), total=None)

        def advance(village: str, done: int, total: int) -> None:
            bar.update(task, description=say("cli.planning", lang, village=village), completed=done, total=total)

        yield advance


def main() -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not stop us
    app()


if __name__ == "__main__":
    main()
