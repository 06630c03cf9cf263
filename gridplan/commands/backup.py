"""The commands that keep a town from being lost: backup and restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridplan.commands import options
from gridplan.commands.help_texts import TranslatedGroup, language
from gridplan.commands.open_store import AnyDisk, Data, Database, local_time, now, open_town
from gridplan.commands.terminal import exit_on_error, out
from gridplan.store import data_folder
from gridplan.words import say

app = typer.Typer(cls=TranslatedGroup)


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

    speech = language(lang)
    with exit_on_error(speech), open_town(data, db) as store:
        made = back_up(store, file, now=now())
        out.print(say("backup.made", speech, file=str(file), **_main(made.rows)))


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
    from gridplan.service.admin.backup import restore as put_back

    speech = language(lang)
    with exit_on_error(speech):
        folder = data_folder.make_data_folder(data or data_folder.default_folder(), any_disk=i_know)
        done = put_back(file, folder, db, now=now())
        with open_town(folder, db) as store:
            made = local_time(store, done.backup.made_at)
            login = next(one.login for one in accounts.office_accounts(store, now=now()) if one.role == "administrator")
        out.print(say("backup.restored", speech, made=made, **_main(done.backup.rows)))
        if done.kept and db:
            out.print(say("backup.kept_schema", speech, schema=done.kept))
        elif done.kept:
            out.print(say("backup.kept", speech, place=str(folder / done.kept)))
        out.print(say("backup.come_in_anew", speech, command=f"gridplan user link {login}"))


def _main(rows: dict[str, int]) -> dict[str, int]:
    return {"households": rows["household"], "members": rows["member"], "plans": rows["plan"]}
