"""A sign-in provider in a process of its own, as the tests start and steer it."""

import json
import os
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

from typing_extensions import override

from tests.servers.errors import ServersUnavailableError
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer

CLIENT_ID = "tracklift"
CLIENT_SECRET = "a secret of 32 characters or more"
_PATIENCE = 30
"""Seconds."""


class OpenIdProcess:
    """The process, and what a browser does with it."""

    def __init__(self, redirect_uri: str) -> None:
        """Start it; `redirect_uri` is the only one that it knows."""
        self._client = CLIENT_ID, CLIENT_SECRET, redirect_uri
        self.issuer = ""
        self.start()

    def start(self) -> None:
        """Start it, again at the address that it had."""
        port = str(urlsplit(self.issuer).port or 0)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.openid_provider", *self._client, port],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # By http on this machine, which Authlib refuses otherwise.
            env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
            text=True,
        )
        assert self._process.stdout is not None
        self.issuer = self._process.stdout.readline().strip()
        if not self.issuer:
            self.stop()
            raise ServersUnavailableError("the sign-in provider did not start")

    def behave(self, **wanted: Any) -> None:
        """Behave so from now on, and as usual in all else; see `Behaviour`."""
        self._control(wanted)

    def requests(self, path: str) -> int:
        """Tell how often a path was asked for. The behaviour is the usual one afterwards."""
        count: int = self._control({}).get(path, 0)
        return count

    def answer(self, authorization_url: str) -> ProviderAnswer:
        """Follow the address as a browser does, and give what it brings back."""
        return read_answer(self.location(authorization_url))

    def location(self, authorization_url: str) -> str:
        """Follow the address as a browser does, and give where it is sent then."""
        opener = build_opener(_NoRedirect)
        with opener.open(authorization_url, timeout=_PATIENCE) as response:
            return str(response.headers["Location"])

    def stop(self) -> None:
        """End it. Ending it twice is not an error."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(_PATIENCE)
        self._process.stdout.close()

    def _control(self, wanted: dict[str, Any]) -> dict[str, Any]:
        request = Request(f"{self.issuer}/control", json.dumps(wanted).encode())  # noqa: S310  # by http
        with urlopen(request, timeout=_PATIENCE) as response:  # noqa: S310  # the process above
            counts: dict[str, Any] = json.load(response)
        return counts


def read_answer(location: str) -> ProviderAnswer:
    """Read what a browser brings back."""
    given = dict(parse_qsl(urlsplit(location).query))
    return ProviderAnswer(
        state=given.get("state", ""),
        code=given.get("code", ""),
        error=given.get("error", ""),
        issuer=given.get("iss", ""),
    )


class _NoRedirect(HTTPRedirectHandler):
    @override
    def http_error_302(self, req: Any, fp: Any, code: int, msg: str, headers: Any) -> Any:
        return fp
