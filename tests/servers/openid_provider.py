"""A sign-in provider as a process: `python -m tests.servers.openid_provider CLIENT_ID SECRET REDIRECT_URI`.

It prints its issuer once it answers. `POST /control` changes its behaviour, for this is a provider for tests.
"""

import json
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from authlib.oauth2 import OAuth2Error
from typing_extensions import override

from tests.servers.openid_grants import Behaviour, Client, Provider, Request, as_json

_FLOOD = 64 * 1024 * 1024
"""Bytes: much more than anybody needs."""
_DISCOVERY = "/.well-known/openid-configuration"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    provider: Provider
    requests: dict[str, int]
    stopping: threading.Event

    def do_GET(self) -> None:
        self._handle({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        if self.path == "/control":
            self._control(json.loads(body))
        else:
            self._handle(dict(parse_qsl(body, keep_blank_values=True)))

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the tests say what they miss."""

    def _control(self, wanted: dict[str, Any]) -> None:
        if wanted.pop("rotate", False):
            self.provider.rotate()
        # Each time from the beginning, so that a test says all that it wants.
        self.provider.behaviour = replace(Behaviour(), **wanted)
        self.provider.client.is_public = self.provider.behaviour.has_public_client
        self._answer(200, self.requests)

    def _handle(self, form: dict[str, str]) -> None:
        parts, behaviour = urlsplit(self.path), self.provider.behaviour
        self.requests[parts.path] = self.requests.get(parts.path, 0) + 1
        if parts.path == behaviour.hangs_at:
            self.stopping.wait()
        elif parts.path == behaviour.floods_at:
            self._flood()
        elif parts.path == behaviour.breaks_at:
            self._answer(500, "<h1>Sorry</h1>")
        elif parts.path == behaviour.redirects_at:
            self._answer(302, "", [("Location", self.provider.issuer + "/elsewhere")])
        else:
            self._route(parts.path, {**dict(parse_qsl(parts.query)), **form})

    def _route(self, path: str, parameters: dict[str, str]) -> None:
        match path:
            case "/authorize":
                self._authorize(self._request(parameters))
            case "/token":
                self._answer(*self.provider.create_token_response(self._request(parameters)))
            case "/device":
                request = self._request(parameters)
                self._answer(*self.provider.create_endpoint_response("device_authorization", request))
            case "/keys":
                self._answer(200, self.provider.published_keys())
            case "/userinfo":
                self._user_info()
            case _ if path == _DISCOVERY:
                self._answer(200, self.provider.metadata())
            case _:
                self._answer(404, {})

    def _request(self, parameters: dict[str, str]) -> Request:
        return Request(self.command, self.provider.issuer + self.path, self.headers, parameters)  # type: ignore[arg-type]  # a message of headers reads as a mapping

    def _authorize(self, request: Request) -> None:
        user = None if self.provider.behaviour.denies else self.provider.behaviour.user
        try:
            grant = self.provider.get_consent_grant(request, end_user=self.provider.behaviour.user)
        except OAuth2Error as error:
            self._answer(400, dict(error.get_body()))
            return
        status, body, headers = self.provider.create_authorization_response(
            request, grant_user=user, grant=grant
        )
        # With the issuer (RFC 9207), which Authlib does not add by itself.
        issuer = urlencode({"iss": self.provider.issuer})
        self._answer(
            status,
            body,
            [(name, f"{value}&{issuer}" if name == "Location" else value) for name, value in headers],
        )

    def _user_info(self) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        known = token in self.provider.access_tokens
        self._answer(200 if known else 401, self.provider.behaviour.user_info if known else {})

    def _answer(self, status: int, body: Any, headers: list[tuple[str, str]] | None = None) -> None:
        content = as_json(body)
        self.send_response(status)
        for name, value in headers or [("Content-Type", "application/json")]:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _flood(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        try:
            for _ in range(_FLOOD // 65_536):
                self.wfile.write(b" " * 65_536)
        except OSError:
            # The client has had enough.
            self.close_connection = True


def main(client_id: str, secret: str, redirect_uri: str, port: str) -> None:
    """Answer until standard input ends, as it does when the test that started this does. Port 0: any free one."""
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.daemon_threads = True
    issuer = f"http://127.0.0.1:{server.server_address[1]}"
    Handler.provider = Provider(issuer, Client(client_id, secret, redirect_uri))
    Handler.requests = {}
    Handler.stopping = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{issuer}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
