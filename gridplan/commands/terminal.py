"""What the terminal shows beside the results of commands, in the language of the user: help, usage errors, errors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final, cast

import typer
from rich.console import Console
from typer.core import TyperGroup

from gridplan.errors import GridplanError
from gridplan.words import LANGS, Lang, Message, say, words

out = Console(highlight=False, markup=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
USAGE_ERROR: Final = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""The error of the option parser that all others are kinds of; typer does not name it."""
EXPECTED: Final = {"today": "usage.day", "as-of": "usage.day", "lang": "usage.language"}
"""What the value of an option has to be, where it is not a number."""


class TranslatedGroup(TyperGroup):
    """Commands whose help and complaints are in the catalogue, under `help.` and `usage.`."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **more: Any) -> Any:
        """Read the options that stand before the command."""
        with _exit_on_usage_error(args):
            return super().make_context(info_name, list(args), *rest, **more)

    def invoke(self, ctx: Any) -> Any:
        """Read the options of the command, and run it."""
        with _exit_on_usage_error([*ctx._protected_args, *ctx.args]):
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Notice the language asked for before a command shows its help."""
        ctx.obj = _language_asked_for(args)
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command with its help and that of its options in words."""
        command: Any = super().get_command(ctx, cmd_name)
        if command is not None:
            texts = words("help.", language(ctx.obj or ""))
            own = f"{ctx.info_name}.{cmd_name}" if ctx.parent else cmd_name
            command.help = texts[own]
            for parameter in command.params:
                name = str(parameter.name)
                parameter.help = texts.get(f"{own}.{name}", texts.get(name))
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of gridplan itself, or of a group of its commands."""
        if ctx.parent is None:
            texts = words("help.", language(""))
            self.help = texts["gridplan"]
            parameters: list[Any] = self.params
            for parameter in parameters:
                parameter.help = texts.get(str(parameter.name))
        super().format_help(ctx, formatter)


def language(value: str) -> Lang:
    """Return the language asked for, else that of the system."""
    if not value:
        spoken = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
        return "zh" if spoken.startswith("zh") else "en"
    for lang in LANGS:
        if value == lang:
            return lang
    raise typer.BadParameter(value, param_hint="--lang")


@contextmanager
def exit_on_error(lang: str) -> Iterator[Lang]:
    """Give the language to speak; say an error of ours in it and leave with exit code 1, at Ctrl-C with 130."""
    speech = language(lang)
    try:
        yield speech
    except GridplanError as error:
        err.print(error.say(speech))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        err.print(say("cli.stopped", speech))
        raise typer.Exit(130) from None


def _language_asked_for(args: Sequence[str]) -> Lang | None:
    """Return the language that the arguments of a command ask for, if gridplan speaks it."""
    value = _value(args, ["--lang"])
    return next((lang for lang in LANGS if lang == value), None)


@contextmanager
def _exit_on_usage_error(args: Sequence[str]) -> Iterator[None]:
    """Say what is wrong with the arguments in one sentence, and leave with exit code 2."""
    try:
        yield
    except USAGE_ERROR as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        typer.echo(_usage_message(error, args).say(language(_language_asked_for(args) or "")), err=True)
        raise typer.Exit(2) from None


def _usage_message(error: Any, args: Sequence[str]) -> Message:
    """Return what the option parser complains of; typer gives no access to its errors but by their names."""
    help_ = " ".join(["gridplan", *_commands(error.ctx), "-h"])
    match type(error).__name__:
        case "MissingParameter":
            what = _names(error.param)[-1] if error.param.opts[0].startswith("-") else error.param.metavar.rstrip(".")
            return Message("usage.missing", {"what": what, "help": help_})
        case "NoSuchOption":
            if meant := error.possibilities:
                return Message("usage.option_meant", {"option": error.option_name, "meant": meant[0], "help": help_})
            return Message("usage.option", {"option": error.option_name, "help": help_})
        case "BadOptionUsage":
            code = "usage.needs_value" if args[-1:] == [error.option_name] else "usage.takes_no_value"
            return Message(code, {"option": error.option_name, "help": help_})
        case "BadParameter":
            names = _names(error.param) if error.param else [error.param_hint]
            values = {"option": names[-1], "value": _value(args, names)}
            return Message(EXPECTED.get(names[-1].lstrip("-"), "cli.number"), values)
    found = re.search(r"'(.+?)'(?=\.? |\.?$)|\(([^()]+)\)$", error.message)
    what = next(filter(None, found.groups()), "") if found else error.message
    code = "usage.command" if isinstance(error.ctx.command, TranslatedGroup) else "usage.too_much"
    return Message(code, {"what": what, "help": help_})


def _commands(context: Any) -> list[str]:
    """Return the names of the commands that lead to a context."""
    return [*_commands(context.parent), context.info_name] if context and context.parent else []


def _names(parameter: Any) -> list[str]:
    return [*parameter.opts, *parameter.secondary_opts]


def _value(args: Sequence[str], names: Sequence[str]) -> str:
    """Return what stands after an option, or after its equals sign; the last wins."""
    spaced = [after for before, after in pairwise(args) if before in names]
    joined = [value for name, equals, value in (arg.partition("=") for arg in args) if equals and name in names]
    return next(reversed([*spaced, *joined]), "")
