"""The commands that serve a town: its folder, a plan for it, the pages, a look at what they need, and backups."""

from __future__ import annotations

import shlex
import shutil
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridplan.commands import options
from gridplan.commands.open_store import (
    AnyDisk,
    Data,
    Database,
    existing_folder,
    local_time,
    now,
    open_town,
    private_files,
)
from gridplan.commands.output_file import check_place, write_file
from gridplan.commands.terminal import TranslatedGroup, err, exit_on_error, out
from gridplan.errors import InputRefused
from gridplan.processes import loading, usual_copies
from gridplan.store import data_folder
from gridplan.words import Lang, say

if TYPE_CHECKING:
    from gridplan_web.serving.server import Server

    from gridplan.store import Store

app = typer.Typer(cls=TranslatedGroup)


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", show_default=False)] = None,
    data: Data = None,
    db: Database = None,
    i_know: AnyDisk = False,
    lang: options.Language = "",
) -> None:
    """Make the folder and the tables of a service; DIR is short for --data DIR.

    Example: gridplan init
    """
    with exit_on_error(lang) as speech:
        source = context.get_parameter_source("data")
        if folder and data not in (None, folder) and source and source.name == "COMMANDLINE":
            raise InputRefused("cli.either", first=f"DIR ({folder})", second="--data")
        with open_town(folder or data, db, new=True, any_disk=i_know) as store:
            out.print(say("serve.made", speech, folder=str(store.data)))
            out.print(say("serve.next", speech, command=f"gridplan serve --data {shlex.quote(str(store.data))}"))


@app.command()
def serve(
    data: Data = None,
    db: Database = None,
    port: options.Port = 8000,
    host: Annotated[list[str] | None, typer.Option(metavar="NAME", show_default=False)] = None,
    lan_http: Annotated[bool, typer.Option("--lan-http")] = False,
    proxy: Annotated[bool, typer.Option("--behind-proxy")] = False,
    also_port: Annotated[list[int] | None, typer.Option(min=1, max=65535, show_default=False)] = None,
    processes: Annotated[int | None, typer.Option(min=0, max=64, show_default=False)] = None,
    i_know: AnyDisk = False,
    lang: options.Language = "",
) -> None:
    """Serve a town.

    Example: gridplan serve --data ~/gridplan-data
    """
    count = usual_copies() if processes is None else processes
    with exit_on_error(lang):
        options.check_together({"lan_http": lan_http, "behind_proxy": proxy})
    with loading():
        from gridplan_web.serving.page_processes import early_page_processes
        from gridplan_web.serving.server import ServerSettings, serve_town

        from gridplan.service.access import accounts
        from gridplan.service.phone.addresses import left_behind

    with (
        exit_on_error(lang) as speech,
        early_page_processes(count) as early,
        open_town(data, db, new=True, any_disk=i_know) as store,
    ):
        settings = ServerSettings(
            port,
            tuple(host or ()),
            lan_http=lan_http,
            behind_proxy=proxy,
            former_ports=tuple(also_port or ()),
            processes=count,
        )
        with serve_town(store, settings, speech, early) as server:
            if lan_http:
                err.print(say("serve.lan_http", speech))
            out.print(say("serve.folder", speech, folder=str(store.data)))
            for one in left_behind(store, server.addresses, today=now().date()):
                told = {"address": one.address, "n": one.phones, "unsent": one.unsent}
                err.print(say("serve.left_behind", speech, **told))
            if invitation := accounts.invite_first_administrator(store, now=now()):
                link = f"{server.address}/i/{invitation.token}"
                out.print(say("serve.set_up", speech, link=link, until=local_time(store, invitation.expires_at)))
            _run(store, server, speech)


def _run(store: Store, server: Server, lang: Lang) -> None:
    """Say where the service is, and answer until Ctrl-C or until the system wants the process to end."""
    data_folder.note_address(store.data, server.address)
    out.print(say("cli.serving", lang, address=server.address))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server.run()


@app.command()
def load(
    path: Annotated[Path, typer.Argument(metavar="PLAN.GPKG", show_default=False)],
    publish: Annotated[bool, typer.Option("--publish")] = False,
    data: Data = None,
    db: Database = None,
    i_know: AnyDisk = False,
    lang: options.Language = "",
) -> None:
    """Put a finished plan into the service, as a draft or published.

    Example: gridplan load plan/plan.gpkg --publish
    """
    from gridplan.service.imports.load_plan import load_file

    with exit_on_error(lang) as speech, open_town(data, db) as store:
        name = say("imports.draft_loaded", speech, day=now().date().isoformat())
        loaded = load_file(store, path, name=name, publish=publish, now=now())
        code = "load.published" if publish else "load.draft"
        out.print(say(code, speech, file=str(path), households=loaded.households, members=loaded.members))
        if loaded.doubts:
            out.print(say("load.doubts", speech, what=loaded.doubts))


@app.command()
def doctor(
    data: Data = None,
    db: Database = None,
    recount: Annotated[bool, typer.Option("--recount")] = False,
    lang: options.Language = "",
    quiet: options.Quiet = False,
) -> None:
    """Look at everything a service needs, and say what to do where something is wrong; exit code 1 if anything is.

    Example: gridplan doctor
    """
    from gridplan.service.admin import doctor as doctors
    from gridplan.service.admin.doctor import examine

    with exit_on_error(lang) as speech, private_files():
        if recount:
            with open_town(data, db) as store:
                doctors.recount(store, now=now())
        findings = list(examine(existing_folder(data, db), db, now=now()))
        for finding in findings:
            if finding.state != "good" or not quiet:
                out.print(say(f"doctor.state.{finding.state}", speech, text=finding.message))
    raise typer.Exit(any(finding.state == "problem" for finding in findings))


@app.command()
def pia(
    path: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", show_default=False)] = None,
    data: Data = None,
    db: Database = None,
    lang: options.Language = "",
) -> None:
    """Print what the service keeps of people and how the town is set, as a sheet to be approved.

    Example: gridplan pia -o approval.pdf
    """
    from gridplan.exchange.paper.impact_assessment import impact_assessment_text, write_impact_assessment
    from gridplan.service.admin.impact_assessment import impact_assessment

    with exit_on_error(lang) as speech, private_files():
        if path is not None:
            if path.suffix.lower() not in (".pdf", ".txt"):
                raise InputRefused("pia.format", file=str(path))
            check_place(path)
        with open_town(data, db) as store:
            sheet = impact_assessment(store, speech, now=now())
            text = impact_assessment_text(sheet, speech)
            if path is None:
                out.print(text, end="")
                return
            is_paper = path.suffix.lower() == ".pdf"
            write_file(path, write_impact_assessment(sheet, speech) if is_paper else text.encode())
            out.print(say("pia.written", speech, file=str(path)))


@app.command()
def backup(
    file: Annotated[Path, typer.Option("-o", "--output", metavar="FILE")],
    data: Data = None,
    db: Database = None,
    lang: options.Language = "",
) -> None:
    """Write everything a town has into one file, while it is served; the file is opened and counted.

    Example: gridplan backup -o /media/disk/town.backup
    """
    from gridplan.service.admin.backup import back_up

    with exit_on_error(lang) as speech, open_town(data, db) as store:
        made = back_up(store, file, now=now())
        out.print(say("backup.made", speech, file=str(file), **_counts(made.rows)))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", show_default=False)],
    data: Data = None,
    db: Database = None,
    i_know: AnyDisk = False,
    lang: options.Language = "",
) -> None:
    """Put a backup in the place of what a town has; that is kept beside it.

    Example: gridplan restore /media/disk/town.backup
    """
    from gridplan.service.access import accounts
    from gridplan.service.admin.restore import restore as put_back

    with exit_on_error(lang) as speech, private_files():
        folder = data_folder.make_data_folder(data or data_folder.default_folder(), any_disk=i_know)
        done = put_back(file, folder, db, now=now())
        with open_town(folder, db) as store:
            made = local_time(store, done.backup.made_at)
            office = accounts.office_accounts(store, now=now())
            login = next((one.login for one in office if one.role == "administrator"), None)
        out.print(say("backup.restored", speech, made=made, **_counts(done.backup.rows)))
        out.print(say("backup.lies_in", speech, folder=str(done.folder)))
        if done.before_schema:
            out.print(say("backup.kept_schema", speech, schema=done.before_schema))
        if done.before:
            out.print(say("backup.kept", speech, place=str(done.before)))
        out.print(
            say("backup.come_in_anew", speech, command=f"gridplan user link {login}" if login else "gridplan serve")
        )


def _counts(rows: dict[str, int]) -> dict[str, int]:
    return {"households": rows["household"], "members": rows["member"], "plans": rows["plan"]}


# ---- the demo town


def remove_demo_before_release(folder: Path) -> None:
    """Remove the service of a demo town made before the first release, so that the town is planned anew."""
    from gridplan.store import Store
    from gridplan.store.data_folder import hold_folder
    from gridplan.store.town_folder import DATABASE

    data = folder / "service"
    if not (data / DATABASE).exists():
        return
    with hold_folder(data), closing(Store(data)) as store:
        is_before_release = store.is_before_release
    if is_before_release:
        shutil.rmtree(data)
        data.mkdir(mode=0o700)


def has_demo(folder: Path) -> bool:
    """Return whether the demo town in a folder is planned, and a service has it."""
    from gridplan.store.town_folder import DATABASE, town_folder

    return (town_folder(folder / "service") / DATABASE).exists() and (folder / "plan" / "plan.gpkg").exists()


def serve_demo(folder: Path, port: int, lang: Lang) -> None:
    """Serve the demo town in a folder, and print a link for each role."""
    out.print(say("cli.demo_loading", lang))
    with loading():
        from gridplan_web.serving.server import ServerSettings, serve_town

        from gridplan.demo.definition import read_definition
        from gridplan.service.access import accounts
        from gridplan.service.imports.load_plan import load_demo

    with open_town(folder / "service", None, new=True, any_disk=True) as store:
        settings = ServerSettings(port, or_next=True, processes=usual_copies())
        town = read_definition()
        load_demo(store, folder, name=town.name, offices=town.offices, now=now())
        with serve_town(store, settings, lang) as server:
            out.print(say("cli.demo_links", lang))
            for role, invitation in accounts.invite_each_role(store, names=town.offices, now=now()).items():
                link = f"{server.address}/i/{invitation.token}"
                out.print(say("cli.demo_link", lang, role=say(f"role.{role}", lang), link=link))
            _run(store, server, lang)
