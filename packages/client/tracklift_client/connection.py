"""How the client connects."""

from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import httpx

from tracklift_client.errors import ServerAddressError
from tracklift_client.steps import Body, Head, Request

TIMEOUT = httpx.Timeout(60.0, connect=15.0)
"""Seconds of silence. Event streams have a sign of life each 15 seconds."""


def user_agent() -> str:
    """Name the program as the list of the user's sessions shows it."""
    try:
        return f"tracklift/{version('tracklift')}"
    except PackageNotFoundError:
        return "tracklift"


def server_address(text: str) -> str:
    """Read the address of a server: https where nothing else is said, http on the machine itself.

    Raises:
        ServerAddressError: it is no address.
    """
    trimmed = text.strip()
    if "://" not in trimmed:
        host = trimmed.partition("/")[0].rpartition("@")[2]
        local = host.partition(":")[0] in {"localhost", "127.0.0.1"} or host.startswith("[::1]")
        trimmed = f"{'http' if local else 'https'}://{trimmed}"
    try:
        parts = urlsplit(trimmed)
        valid = (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        valid = False
    if not valid or parts.query or parts.fragment or parts.username is not None:
        raise ServerAddressError(f"{text!r} is no address of a server, such as https://tracklift.example.")
    return trimmed.rstrip("/")


def headers_of(request: Request) -> dict[str, str]:
    """Give the headers with the length of the body, which httpx can't know of an iterator."""
    headers = dict(request.headers)
    if isinstance(request.content, Body):
        headers["Content-Length"] = str(request.content.size)
    return headers


def head_of(response: httpx.Response) -> Head:
    """Give the begin of an answer."""
    return Head(response.status_code, dict(response.headers))
