"""The private key that signs access tokens, kept in a file."""

import os
import secrets
import stat
from pathlib import Path

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from tracklift_domain.errors import ServiceUnavailableError

_LARGEST_FILE = 16 * 1024
"""Bytes: an Ed25519 key has about 120."""


def load_signing_key(path: Path) -> OKPKey:
    """Read an Ed25519 private key in PEM (PKCS #8), as `openssl genpkey -algorithm ed25519` writes it.

    Raises:
        ServiceUnavailableError: there is none, it can't be read, or others than its owner can.
    """
    content = _read(path)
    if content is None:
        raise _unusable(path, "there is no such file")
    return _parse(path, content)


def load_or_create_signing_key(path: Path) -> OKPKey:
    """Read the key, or make a new one with mode 0600 if there is none. Processes that start together get the same key.

    Raises:
        ServiceUnavailableError: it can't be made or read, or others than its owner can read it.
    """
    content = _read(path)
    if content is None:
        _create(path)
        return load_signing_key(path)
    return _parse(path, content)


def exposure(mode: int, *, owner: int, user: int) -> str | None:
    """Say who can read or change a key file that shouldn't, given the ids of its owner and of this process's user.

    As PostgreSQL has it for its keys: a file of our own is for us alone, and one that the system mounted for us
    (owned by root) may be readable for our group, as Kubernetes mounts secrets with `fsGroup`.
    """
    if owner not in {user, 0}:
        return "it belongs to another user"
    allowed = 0o740 if owner == 0 else 0o700
    if stat.S_IMODE(mode) & ~allowed:
        return f"others can read or change it (mode {stat.S_IMODE(mode):04o})"
    return None


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            problem = exposure(status.st_mode, owner=status.st_uid, user=os.geteuid())
            if problem is not None:
                raise _unusable(path, f"{problem}; keep it for one user alone (chmod 600)")
            return file.read(_LARGEST_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _parse(path: Path, content: bytes) -> OKPKey:
    try:
        key = OKPKey.import_key(content)
    except (JoseError, ValueError, TypeError) as error:
        raise _unusable(path, "it holds no key in PEM without a password") from error
    if key.curve_name != "Ed25519" or not key.is_private:
        raise _unusable(path, "it holds no private key for Ed25519")
    return key


def _create(path: Path) -> None:
    """Write a new key beside its place and link it there, which fails if another process came first."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(OKPKey.generate_key("Ed25519").as_pem(private=True))
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)
        except FileExistsError:
            return
        finally:
            temporary.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _unusable(path: Path, reason: str) -> ServiceUnavailableError:
    return ServiceUnavailableError(f"The signing key {path}", reason)
