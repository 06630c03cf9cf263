"""The commands for accounts: adding, listing and disabling them, and one-time links to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from gridplan.commands import options
from gridplan.commands.named_village import village_named
from gridplan.commands.open_store import Data, Database, local_time, now, open_town
from gridplan.commands.terminal import TranslatedGroup, exit_on_error, out
from gridplan.errors import InputRefused
from gridplan.roles import OF_VILLAGES, ROLES
from gridplan.store.data_folder import noted_address
from gridplan.words import Lang, say

if TYPE_CHECKING:
    from gridplan.service.access.invitations import Invitation
    from gridplan.store import Store

HERE: Final = "http://127.0.0.1:8000"
"""Where `gridplan serve` answers if it was not told otherwise."""
Login = Annotated[str, typer.Argument(metavar="NAME", show_default=False)]
Address = Annotated[str, typer.Option(metavar="URL", show_default=False)]
app = typer.Typer(cls=TranslatedGroup, no_args_is_help=True)


@app.callback()
def users() -> None:
    """Add, list and disable the accounts of a service, and make links that let somebody in once.

    Example: gridplan user list
    """


@app.command("add")
def add_user(
    login: Login,
    role: Annotated[str, typer.Option(metavar="ROLE")],
    name: Annotated[str, typer.Option(show_default=False)] = "",
    village: Annotated[list[str] | None, typer.Option(metavar="NAME", show_default=False)] = None,
    address: Address = "",
    data: Data = None,
    db: Database = None,
    lang: options.Language = "",
) -> None:
    """Add an account, and print the link with which its owner signs in once and chooses a password.

    Example: gridplan user add lihong --name 李红 --role planner --village 石桥村
    """
    from gridplan.service.access import accounts
    from gridplan.store.database import COMMAND_LINE
    from gridplan.store.registry import villages

    with exit_on_error(lang) as speech, open_town(data, db) as store:
        if village and role in ROLES and role not in OF_VILLAGES:
            raise InputRefused("cli.role_of_no_village", role=role, known=", ".join(sorted(OF_VILLAGES)))
        with store.read() as connection:
            ids, known = villages.ids_by_name(connection), villages.models(connection)
        held = [ids[village_named(one, known)] for one in village or ()]
        _, invitation = accounts.add_account(
            store, COMMAND_LINE, name=name or login, login=login, role=role, villages=held, now=now()
        )
        _print_invitation(store, login, address, invitation, speech)


@app.command("list")
def list_users(data: Data = None, db: Database = None, lang: options.Language = "") -> None:
    """List the accounts that sign in with a name; members have login cards.

    Example: gridplan user list
    """
    from gridplan.service.access import accounts

    with exit_on_error(lang) as speech, open_town(data, db) as store:
        for account in accounts.office_accounts(store, now=now()):
            state = "disabled" if account.disabled_at else "in_use" if account.has_password else "waiting"
            values = {"role": say(f"role.{account.role}", speech), "state": say(f"cli.user.{state}", speech)}
            out.print(say("cli.user", speech, login=account.login, name=account.name, **values))


@app.command("link")
def link_user(
    login: Login, address: Address = "", data: Data = None, db: Database = None, lang: options.Language = ""
) -> None:
    """Print a link with which the owner of an account signs in once and chooses a new password.

    Example: gridplan user link admin
    """
    from gridplan.service.access import accounts
    from gridplan.store.database import COMMAND_LINE

    with exit_on_error(lang) as speech, open_town(data, db) as store:
        invitation = accounts.new_link(store, COMMAND_LINE, _account(store, login), now=now())
        _print_invitation(store, login, address, invitation, speech)


@app.command("disable")
def disable_user(login: Login, data: Data = None, db: Database = None, lang: options.Language = "") -> None:
    """Let an account in no more, at once.

    Example: gridplan user disable lihong
    """
    from gridplan.service.access import accounts
    from gridplan.store.database import COMMAND_LINE

    with exit_on_error(lang) as speech, open_town(data, db) as store:
        accounts.disable_account(store, COMMAND_LINE, _account(store, login), now=now())
        out.print(say("cli.user_disabled", speech, login=login))


def _account(store: Store, login: str) -> int:
    from gridplan.service.access import accounts

    found = next((one.id for one in accounts.office_accounts(store, now=now()) if one.login == login), None)
    if found is None:
        raise InputRefused("cli.no_user", login=login)
    return found


def _print_invitation(store: Store, login: str, address: str, invitation: Invitation, lang: Lang) -> None:
    from gridplan.store.system.town_settings import read_settings

    with store.read() as connection:
        place = address or read_settings(connection).address or noted_address(store.data) or HERE
    link = f"{place.rstrip('/')}/i/{invitation.token}"
    out.print(say("cli.user_link", lang, login=login, link=link, until=local_time(store, invitation.expires_at)))
