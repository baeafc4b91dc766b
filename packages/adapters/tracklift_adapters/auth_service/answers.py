"""Reading the answers of the auth service."""

from collections.abc import Mapping
from typing import Any

from tracklift_domain.user.access.caller import AccessToken
from tracklift_domain.user.session.session import TokenPair


def read_text(answer: Mapping[str, Any], name: str) -> str:
    """Read a field that is a text with something in it. Raises `KeyError` or `TypeError`."""
    value = answer[name]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name} is not a text")
    return value


def read_tokens(answer: Mapping[str, Any]) -> TokenPair:
    """Read the tokens of a session. Raises `KeyError`, `TypeError` or `ValueError`."""
    return TokenPair(
        access=AccessToken(value=read_text(answer, "access_token"), expires_in=int(answer["expires_in"])),
        refresh=read_text(answer, "refresh_token"),
        refresh_expires_in=int(answer["refresh_expires_in"]),
    )
