"""The two streams of the terminal; an error becomes one sentence and an exit code, Ctrl-C leaves quietly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from gridplan.errors import GridplanError
from gridplan.words import Lang, say

out, err = (
    Console(highlight=False, markup=False, soft_wrap=True),
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True),
)


@contextmanager
def exit_on_error(lang: Lang) -> Iterator[None]:
    """Say an error of ours as a sentence and leave with exit code 1; Ctrl-C leaves quietly."""
    try:
        yield
    except GridplanError as error:
        err.print(error.say(lang))
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        err.print(say("cli.stopped", lang))
        raise typer.Exit(130) from None
