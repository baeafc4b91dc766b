"""Connects to the chosen server as the logged-in user."""

import os
from collections.abc import Mapping
from pathlib import Path

from tracklift_client.async_client import AsyncClient
from tracklift_client.connection import server_address
from tracklift_client.credentials import MemoryTokens
from tracklift_client.errors import NotLoggedInError, ServerAddressError
from tracklift_client.patience import Patience
from tracklift_client.session import Session
from tracklift_terminal.credential_file import CredentialFile
from tracklift_terminal.folders import config_folder
from tracklift_terminal.outage_notice import OutageNotice

SERVER_VARIABLE = "TRACKLIFT_SERVER"
API_KEY_VARIABLE = "TRACKLIFT_API_KEY"
DEFAULT_SERVER = "http://127.0.0.1:8080"
"""Where `tracklift serve` listens by default."""


def credential_file(folder: Path | None = None) -> CredentialFile:
    """Give the file of this user's log-in."""
    return CredentialFile((config_folder() if folder is None else folder) / "credentials.json")


def connect(
    environment: Mapping[str, str] = os.environ, file: CredentialFile | None = None, *, quiet: bool = False
) -> AsyncClient:
    """Make a client from the environment, or else from the last log-in; unless `quiet`, it reports outages.

    Raises:
        NotLoggedInError: neither is sufficient.
        CredentialsError: the file of the log-in can't be used.
        ServerAddressError: the server's address is not valid.
    """
    kept_in = credential_file() if file is None else file
    kept = kept_in.log_in()
    given, key = environment.get(SERVER_VARIABLE), environment.get(API_KEY_VARIABLE, "").strip()
    server = _address(given) if given else (kept.server if kept else None)
    if server is None:
        raise NotLoggedInError("You are not logged in.")
    patience = patience_with(server, quiet=quiet)
    if key:
        return AsyncClient(server, Session(api_key=key, patience=patience))
    if kept is None or kept.server != server:
        raise NotLoggedInError(f"You are not logged in at {server}.")
    if kept.api_key is not None:
        return AsyncClient(server, Session(api_key=kept.api_key, tokens=MemoryTokens(), patience=patience))
    return AsyncClient(server, Session(tokens=kept_in, patience=patience))


def _address(given: str) -> str:
    try:
        return server_address(given)
    except ServerAddressError as error:
        raise ServerAddressError(f"{SERVER_VARIABLE}: {error}") from error


def patience_with(server: str, *, quiet: bool = False) -> Patience:
    """Retry as the client does by default, and report it unless `quiet`."""
    return Patience() if quiet else Patience(told=OutageNotice(server))
