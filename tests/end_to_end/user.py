"""Somebody who uses Tracklift over HTTP."""

import json
import random
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from tests.end_to_end.waiting import PATIENCE, wait_for

PASSWORD = "correct horse battery"
UNFINISHED = {"uploading", "queued", "converting"}
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients by plain http: to read the system's certificates takes 50 ms of computing time for each."""
_some = random.SystemRandom()  # Which a seed for the order of tests does not set.


def as_client_of_its_own() -> dict[str, str]:
    """Give the header by which a proxy on this machine tells of one more client.

    Limits by client then count nobody else: tests that share a server may sign up more users in a minute than one
    client may.
    """
    return {"X-Forwarded-For": f"10.{'.'.join(str(_some.randrange(256)) for _ in range(3))}"}


class User:
    """Somebody with an account."""

    def __init__(self, address: str, email: str = "ada@example.org") -> None:
        self.address = address
        self.email = email
        self.http = httpx.Client(
            base_url=address, timeout=PATIENCE, headers=as_client_of_its_own(), verify=NO_CERTIFICATES
        )

    def sign_up(self) -> "User":
        """Make the account and log in."""
        self.http.post("/v1/users", json={"email": self.email, "password": PASSWORD}).raise_for_status()
        return self.log_in()

    def log_in(self) -> "User":
        """Get a token and send it from now on."""
        form = {"grant_type": "password", "username": self.email, "password": PASSWORD}
        tokens = self.http.post("/v1/token", data=form).raise_for_status().json()
        self.http.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        return self

    def move_to(self, address: str) -> None:
        """Go on at another address, with the same token."""
        self.address = address
        self.http.base_url = httpx.URL(address)

    @property
    def token(self) -> str:
        """The access token."""
        return self.http.headers["Authorization"].removeprefix("Bearer ")

    @cached_property
    def api_key(self) -> str:
        """An API key, made when it is first asked for."""
        made = self.http.post("/v1/api-keys", json={"name": "tests"}).raise_for_status()
        return str(made.json()["key"])

    def send(self, video: Path, *, name: str | None = None, key: str = "", **options: str) -> httpx.Response:
        """Send a video as a form with options, and give the answer; `key` makes it safe to send again."""
        headers = {"Idempotency-Key": key} if key else {}
        with video.open("rb") as file:
            files = {"file": (video.name if name is None else name, file)}
            return self.http.post("/v1/conversions", data=options, files=files, headers=headers)

    def upload(self, video: Path, *, name: str | None = None, key: str = "", **options: str) -> str:
        """Send a video that is to be accepted, and give the conversion's id."""
        answer = self.send(video, name=name, key=key, **options)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def record(self, conversion_id: str) -> dict[str, Any]:
        """Give a conversion's record."""
        return dict(self.http.get(f"/v1/conversions/{conversion_id}").raise_for_status().json())

    def records(self, **query: str) -> list[dict[str, Any]]:
        """Give the records of at most a hundred conversions."""
        answer = self.http.get("/v1/conversions", params={"limit": "100", **query}).raise_for_status()
        return list(answer.json()["items"])

    def wait_for_end(self, conversion_id: str) -> dict[str, Any]:
        """Wait until a conversion has ended and give its record."""
        return wait_for(lambda: _if_ended(self.record(conversion_id)), f"{conversion_id} ends")

    def wait_for_state(self, conversion_id: str, state: str) -> None:
        """Wait until a conversion is in a state."""
        wait_for(lambda: self.record(conversion_id)["state"] == state, f"it is {state}", every=0.002)

    @contextmanager
    def watching(self, conversion_id: str) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
        """Watch a conversion: names and data of its events, up to the end of the stream."""
        with self.http.stream("GET", f"/v1/conversions/{conversion_id}/events") as answer:
            answer.raise_for_status()
            yield _events(answer.iter_lines())

    def wait_for_progress(self, conversion_id: str) -> None:
        """Wait until a conversion has told how far it is."""
        with self.watching(conversion_id) as events:
            assert any(name == "progress" for name, _ in events), "it ended without progress"

    def download(self, conversion_id: str, target: Path) -> Path:
        """Download a conversion's MP3 to a file."""
        with self.http.stream("GET", f"/v1/conversions/{conversion_id}/audio") as answer:
            answer.raise_for_status()
            with target.open("wb") as file:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
        return target

    def open_upload(
        self, headers: Mapping[str, str], *, path: str = "/v1/conversions", method: str = "POST"
    ) -> "OpenUpload":
        """Begin the upload of a bare video on a connection of its own, whose every byte is the test's affair."""
        given = {"Authorization": f"Bearer {self.token}", **headers}
        return OpenUpload(self.address, path, given, method=method)


class OpenUpload:
    """A request whose body comes in pieces, or never comes."""

    def __init__(self, address: str, path: str, headers: Mapping[str, str], *, method: str = "POST") -> None:
        url = urlsplit(address)
        self._connection = socket.create_connection((url.hostname, url.port), timeout=PATIENCE)
        given = {"Host": url.netloc, "Content-Type": "video/mp4", **headers}
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items())]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, data: bytes) -> None:
        """Send some bytes."""
        self._connection.sendall(data)

    def answer(self) -> tuple[int, dict[str, Any]]:
        """Read the answer up to the end of the connection, and give its status and its JSON."""
        received = b""
        while chunk := self._connection.recv(65536):
            received += chunk
            head, _, body = received.partition(b"\r\n\r\n")
            if body and _is_whole(head, body):
                break
        head, _, body = received.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 "), f"no answer: {received!r}"
        return int(head.split()[1]), dict(json.loads(body))

    def is_closed_without_an_answer(self) -> bool:
        """Wait until the other side has closed, and tell whether it had said nothing before."""
        try:
            return self._connection.recv(65536) == b""
        except ConnectionError:
            return True

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _is_whole(head: bytes, body: bytes) -> bool:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return False


def _events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def _if_ended(record: dict[str, Any]) -> dict[str, Any] | None:
    return None if record["state"] in UNFINISHED else record
