"""The command line. It parses, calls a use case and says what came of it; no algorithm lives here."""

from __future__ import annotations

import io
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from gridplan import __version__
from gridplan.commands import export, options, service, summary, users
from gridplan.commands.terminal import TranslatedGroup, err, exit_on_error, out
from gridplan.errors import OutputRefused, Unavailable
from gridplan.interrupts import first_ctrl_c
from gridplan.planning.check_files import check_files
from gridplan.planning.inputs import PlanSources, is_partitioned
from gridplan.words import Lang, Message, say

if TYPE_CHECKING:
    from gridplan.planning.execution.partitions import Asked, PartitionPlanned

SECONDS_A_LINE: Final = 10.0
app = typer.Typer(
    cls=TranslatedGroup,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("export")(export.export)
app.add_typer(service.app)
app.add_typer(users.app, name="user")


@app.command()
@options.with_options
def plan(
    households: options.Households,
    folder: options.Folder,
    *,
    lists: options.ListOptions,
    ground: options.GroundOptions,
    existing: options.ExistingOptions,
    staffing: options.StaffingOptions,
    strict: options.Strict = False,
    grids: options.GridOptions,
    resume: options.Resume = False,
    lang: options.Language = "",
    quiet: options.Quiet = False,
) -> None:
    """Cut the villages of a list of households into grids, and find a lead for each.

    Example: gridplan plan households.csv --villages villages.geojson --members members.csv -o plan
    """
    from gridplan.planning import from_files

    with exit_on_error(lang) as speech:
        settings = grids.settings()
        sources = lists.sources(households, ground, existing)
        if is_partitioned(households):
            options.check_partitioned({**vars(existing), "grids": grids.grids, "time_limit": grids.time_limit})
            from gridplan.planning.execution.partitions import Asked

            asked = Asked(settings, staffing.rules(), speech, strict, resume)
            _plan_partitions(sources, folder, asked, workers=grids.who_works, quiet=quiet)
            return
        with _progress(speech, quiet) as progress, _resumable(folder, speech):
            made = from_files.plan_files(
                sources,
                folder,
                settings,
                staffing.rules(),
                strict=strict,
                workers=grids.who_works,
                lang=speech,
                progress=progress,
                listener=partial(_until_ctrl_c, speech),
                resume=resume,
            )
        if not quiet:
            _print_all(summary.plan_summary(made, folder, speech), speech)


def _plan_partitions(sources: PlanSources, folder: Path, asked: Asked, *, workers: int | str, quiet: bool) -> None:
    """Plan lists that are in partitions, and leave with exit code 1 where one could not be planned."""
    from gridplan.planning.execution.partitions import plan_partitions

    done, lang = 0, asked.lang

    def tell(one: PartitionPlanned, count: int) -> None:
        nonlocal done
        done += 1
        at = {"partition": one.partition.name, "at": done, "of": count}
        if one.problem is not None:
            err.print(say("partitions.not_planned", lang, why=one.problem.say(lang), **at))
        elif one.figures is not None and not quiet:
            figures = {name: one.figures[name] for name in ("households", "grids")}
            out.print(say("partitions.planned", lang, **figures, **at))

    try:
        planned = plan_partitions(sources, folder, asked, workers=workers, tell=tell)
    except (KeyboardInterrupt, OutputRefused, Unavailable):
        if done:
            err.print(say("partitions.resume", lang, n=done))
        raise
    failed = sum(one.problem is not None for one in planned)
    if not quiet:
        _print_all([Message("partitions.look", {"n": len(planned) - failed, "file": str(folder / "index.html")})], lang)
    if failed:
        err.print(say("partitions.failed", lang, n=failed))
        raise typer.Exit(1)


@contextmanager
def _resumable(folder: Path, lang: Lang) -> Iterator[None]:
    """Say of a run that breaks off how to go on with what was finished, where there is something."""
    from gridplan.planning.execution.finished_villages import PartFolder

    try:
        yield
    except (KeyboardInterrupt, OutputRefused, Unavailable):
        if (part := PartFolder.beside(folder, resume=True)).is_there:
            err.print(say("cli.resume", lang, folder=str(part.path)))
        raise


@app.command()
@options.with_options
def check(
    households: options.Households,
    lists: options.ListOptions,
    against: options.Against = None,
    folder: options.Folder = Path(),
    strict: options.Strict = False,
    lang: options.Language = "",
    quiet: options.Quiet = False,
) -> None:
    """Say what is understood of lists, row by row what is not, and plan nothing.

    Example: gridplan check households.xlsx --against plan/plan.gpkg
    """
    with exit_on_error(lang) as speech:
        sources = lists.sources(households, existing=options.ExistingOptions(against=against))
        refused = 0
        for name, of, place in _partitions(sources, folder, against):
            if name is not None and not quiet:
                out.print(say("partitions.checked", speech, partition=name))
            read, changes = check_files(of, place, speech)
            refused += len(read.refused)
            if not quiet:
                _print_all(summary.check_summary(read, changes, of, place), speech)
    raise typer.Exit(1 if strict and refused else 0)


def _partitions(
    sources: PlanSources, folder: Path, against: Path | None
) -> Iterator[tuple[str | None, PlanSources, Path]]:
    """Yield the lists of each partition with its name and folder; of lists that are in none these alone."""
    if not is_partitioned(sources.households):
        yield None, sources, folder
        return
    from gridplan.planning.execution.partitions import partitions_in, sources_of

    options.check_partitioned({"against": against})
    for one in partitions_in(Path(sources.households[0])):
        yield one.name, sources_of(one, sources), folder / one.folder


def _print_all(messages: Iterable[Message], lang: Lang) -> None:
    for message in messages:
        out.print(message.say(lang))


@app.command()
def demo(
    folder: options.Folder = Path("demo-town"),
    messy: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
    port: options.Port = 8000,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    province: Annotated[int | None, typer.Option("--households", min=1, metavar="N")] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve")] = True,
    lang: options.Language = "",
    quiet: options.Quiet = False,
) -> None:
    """Make the demo town, plan it and serve it. Every person and place in it is invented.

    Example: gridplan demo -o demo-town
    """
    with exit_on_error(lang) as speech:
        if messy is not None:
            _write_messy(messy, seed, speech, quiet)
            return
        if province is not None:
            _write_province(province, folder, seed, speech, quiet)
            return
        if serve:
            service.remove_demo_before_release(folder)
        if serve and service.has_demo(folder):
            out.print(say("cli.demo_here", speech, folder=str(folder)))
        else:
            _plan_demo(folder, seed, speech, quiet)
        if serve:
            service.serve_demo(folder, port, speech)


def _plan_demo(folder: Path, seed: int, lang: Lang, quiet: bool) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not quiet:
            out.print(say("cli.demo_making", lang))
        from gridplan.demo import make_town, write_town
        from gridplan.planning import county, from_files

        lists = write_town(make_town(seed), folder / "lists")
    except OSError as error:
        raise OutputRefused("plan.folder", folder=str(folder), why=error.strerror) from error
    sources = PlanSources(
        (str(lists.households),), str(lists.villages), hamlets=str(lists.hamlets), members=str(lists.members)
    )
    with _progress(lang, quiet, lines=True) as progress:
        made = from_files.plan_files(
            sources,
            folder / "plan",
            county.PlanSettings(),
            options.StaffingOptions().rules(),
            strict=True,
            workers=os.cpu_count() or 1,
            lang=lang,
            progress=progress,
        )
    if not quiet:
        _print_all(summary.demo_summary(made, folder / "plan", lang), lang)


def _write_province(households: int, folder: Path, seed: int, lang: Lang, quiet: bool) -> None:
    """Write so many invented households in partitions, and say by which command they are planned."""
    from gridplan.demo import write_province

    try:
        for town in write_province(households, folder, seed):
            if not quiet:
                out.print(say("partitions.written", lang, town=town.town, n=town.households))
    except OSError as error:
        raise OutputRefused("plan.folder", folder=str(folder), why=error.strerror) from error
    if not quiet:
        lists, villages, members, plan = (
            shlex.quote(str(folder / name)) for name in ("households", "villages", "members", "plan")
        )
        out.print(f"gridplan plan {lists} --villages {villages} --members {members} -o {plan}")


def _write_messy(folder: Path, seed: int, lang: Lang, quiet: bool) -> None:
    """Write the demo town as messy lists, and say which two commands to try on them."""
    from gridplan.demo import make_town, write_messy

    try:
        files = write_messy(make_town(seed), folder, seed)
    except OSError as error:
        raise OutputRefused("plan.folder", folder=str(folder), why=error.strerror) from error
    if not quiet:
        out.print(say("cli.messy", lang, n=len(files.lists), folder=str(folder)))
        lists = f"{shlex.quote(str(folder))}/*村.*"
        out.print(f"gridplan check {lists}")
        members, plan = (shlex.quote(str(path)) for path in (files.members, folder / "plan"))
        out.print(f"gridplan plan {lists} --members {members} -o {plan}")


@app.command("verify")
def verify_(
    path: Annotated[Path, typer.Argument(metavar="PLAN.GPKG")],
    lang: options.Language = "",
    quiet: options.Quiet = False,
) -> None:
    """Check a plan with code of its own: one sentence per violation, and exit code 1 if there is any.

    Example: gridplan verify plan/plan.gpkg
    """
    from gridplan.verify import verify
    from gridplan.verify.partitions import is_partitioned as is_plan_partitioned
    from gridplan.verify.partitions import verify_partitions

    with exit_on_error(lang) as speech:
        found = verify_partitions(path, verify) if is_plan_partitioned(path) else (("", one) for one in verify(path))
        violations = 0
        for partition, finding in found:
            violations += not finding.is_note
            if not (quiet and finding.is_note):
                told = summary.finding_message(finding)
                of = Message("partitions.of", {"partition": partition, "what": told}) if partition else told
                _print_all([of], speech)
        if not quiet and not violations:
            out.print(say("cli.verified", speech, file=str(path)))
    raise typer.Exit(1 if violations else 0)


def _show_version(wanted: bool) -> None:
    if wanted:
        out.print(__version__)
        raise typer.Exit


@app.callback()
def gridplan(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    """Cut villages into micro-grids of 10 to 15 households, and show them on a map.

    Example: gridplan demo
    """


@contextmanager
def _until_ctrl_c(lang: Lang, stop: Callable[[], None]) -> Iterator[None]:
    """Stop at the first Ctrl-C, and say what that means and what a second one does."""

    def heard() -> None:
        stop()
        err.print(say("cli.finishing", lang))

    with first_ctrl_c(heard):
        yield


@contextmanager
def _progress(lang: Lang, quiet: bool, *, lines: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """Show how far it is: a bar, or where there is no terminal a line now and then, if `lines` are wanted there."""
    if lines and not quiet and not err.is_terminal:
        with _progress_lines(lang) as advance:
            yield advance
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=quiet or not err.is_terminal) as bar:
        task = bar.add_task(say("cli.reading", lang), total=None)

        def advance(village: str, done: int, total: int) -> None:
            bar.update(task, description=_stage(village, done, total, lang), completed=done, total=total)

        yield advance


def _stage(village: str, done: int, total: int, lang: Lang) -> str:
    return say("cli.planning", lang, village=village) if done < total else say("cli.writing", lang)


@contextmanager
def _progress_lines(lang: Lang) -> Iterator[Callable[[str, int, int], None]]:
    line, ended, started = say("cli.reading", lang), threading.Event(), time.monotonic()

    def advance(village: str, done: int, total: int) -> None:
        nonlocal line
        line = say("cli.share_done", lang, share=f"{100 * done / total:.0f}", what=_stage(village, done, total, lang))

    def tell() -> None:
        while not ended.wait(SECONDS_A_LINE):
            out.print("  " + say("cli.so_far", lang, seconds=f"{time.monotonic() - started:.0f}", what=line))

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield advance
    finally:
        ended.set()
        teller.join()


def main() -> None:
    """Run the command line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a name that the terminal cannot show must not stop us
    app()


if __name__ == "__main__":
    main()
