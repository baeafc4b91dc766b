"""The user's log-in at a server, in a file that only its owner may read."""

from pathlib import Path

import msgspec
from typing_extensions import override

from tracklift_client.credentials import Tokens, TokenStore
from tracklift_terminal.private_file import FileLock, read_private, write_private


class LogIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A log-in: the server, and either an API key or an address with tokens."""

    server: str
    email: str | None = None
    api_key: str | None = None
    access_token: str = ""
    refresh_token: str = ""
    expires_at: float = 0.0


class CredentialsError(Exception):
    """The file can't be used."""


class CredentialFile(TokenStore):
    """Stores one log-in. A `Session` uses its tokens, and processes take turns in renewing them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))

    def log_in(self) -> LogIn | None:
        """Give the stored log-in. Raises `CredentialsError`."""
        try:
            content = read_private(self.path)
            return None if content is None else msgspec.json.decode(content, type=LogIn)
        except (msgspec.MsgspecError, OSError) as error:
            raise CredentialsError(
                f"{self.path} can't be read ({error}): delete it and log in again."
            ) from error

    def keep(self, log_in: LogIn | None) -> None:
        """Replace the stored log-in, or delete it if `None`. Raises `CredentialsError`."""
        try:
            if log_in is None:
                self.path.unlink(missing_ok=True)
            else:
                write_private(self.path, msgspec.json.encode(log_in))
        except OSError as error:
            raise CredentialsError(f"{self.path} can't be written: {error.strerror}.") from error

    @override
    def read(self) -> Tokens | None:
        kept = self.log_in()
        if kept is None or not kept.refresh_token:
            return None
        return Tokens(kept.access_token, kept.refresh_token, kept.expires_at)

    @override
    def write(self, tokens: Tokens | None) -> None:
        kept = self.log_in()
        if kept is None:
            return  # Another process has logged out in the meantime.
        if tokens is None:
            tokens = Tokens("", "", 0.0)
        self.keep(
            msgspec.structs.replace(
                kept,
                access_token=tokens.access_token,
                refresh_token=tokens.refresh_token,
                expires_at=tokens.expires_at,
            )
        )

    @override
    def try_lock(self) -> bool:
        return self._lock.try_lock()

    @override
    def unlock(self) -> None:
        self._lock.unlock()
