"""The private key that signs access tokens, in a file."""

import os
import tempfile
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

_CURVE: Final = "Ed25519"
_FOR_OTHERS = 0o077


class UnusableSigningKeyError(Exception):
    """The key's file can't be used; the message names it and says what to do."""


def load_or_create_signing_key(path: Path) -> OKPKey:
    """Read the key from a PEM file (PKCS #8), or make one there with mode 0600 if there is none.

    Of processes that start at once, one makes the file and the others read it.

    Raises:
        UnusableSigningKeyError: the file can't be read or made, is readable for others, or holds no Ed25519 key.
    """
    try:
        if not path.exists():
            _create(path)
        mode = path.stat().st_mode
        text = path.read_bytes()
    except OSError as error:
        raise UnusableSigningKeyError(f"The signing key {path} can't be used: {error.strerror}.") from error
    if mode & _FOR_OTHERS:
        raise UnusableSigningKeyError(
            f"The signing key {path} is readable for others: run 'chmod 600 {path}'."
        )
    return parse_signing_key(text, str(path))


def parse_signing_key(text: bytes, name: str) -> OKPKey:
    """Read a private Ed25519 key from PEM text; `name` is what errors call it. Raises `UnusableSigningKeyError`."""
    damaged = (
        f"{name} holds no private Ed25519 key in PEM form: restore it, or move it away to get a new one."
    )
    try:
        key = OKPKey.import_key(text)
    except (JoseError, ValueError, TypeError) as error:
        raise UnusableSigningKeyError(damaged) from error
    if key.curve_name != _CURVE or not key.is_private:
        raise UnusableSigningKeyError(damaged)
    return key


def _create(path: Path) -> None:
    pem = OKPKey.generate_key(_CURVE).as_pem(private=True)
    # Written aside and linked: the name appears with the whole key, and only if nobody else was faster.
    descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
    finally:
        Path(name).unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
