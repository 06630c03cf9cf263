"""Browsers that have signed in to an account before: each carries a token that the service signed and keeps nowhere."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from gridplan.service.access.passwords import same_secret

LIFETIME: Final = timedelta(days=365)
"""How long a browser keeps its token."""


def keyed_hash(secret: str, text: str) -> str:
    """Return the hash of a text under the secret of the service."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def new_token(secret: str, account_id: int) -> str:
    """Return the token of a browser that has signed in to an account."""
    return _token(secret, account_id, secrets.token_urlsafe(16))


def _token(secret: str, account_id: int, nonce: str) -> str:
    return f"{account_id}.{nonce}.{keyed_hash(secret, f'browser {account_id} {nonce}')}"


def known_browser(secret: str, account_id: int, tokens: Iterable[str]) -> str | None:
    """Return that of a browser's tokens by which an account knows it."""
    for token in tokens:
        parts = token.split(".")
        if len(parts) == 3 and same_secret(token, _token(secret, account_id, parts[1])):
            return token
    return None
