"""Firefox, driven by the protocol that it speaks itself (Marionette): Playwright knows only copies of its own making.

Commands are those of WebDriver; a message is its length, a colon, and JSON (Firefox's source, remote/doc/marionette).
"""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.servers.ports import free_port
from tests.servers.programs import CACHE, debian_library_path, debian_root, one_at_a_time

_NAMES = ("firefox-esr", "firefox")
_SETTINGS = """\
user_pref("marionette.port", {port});
user_pref("intl.accept_languages", "en-GB");
user_pref("app.update.disabledForTesting", true);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.dir", "{downloads}");
user_pref("browser.download.alwaysOpenPanel", false);
"""
_REFERENCE = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which WebDriver refers to an element."""


class Firefox:
    """A running Firefox with one page."""

    def __init__(self, connection: socket.socket, downloads: Path) -> None:
        self.downloads = downloads
        self._stream = connection.makefile("rwb")
        self._receive()  # How it greets.
        self._number = 0
        self._send("WebDriver:NewSession", {"strictFileInteractability": False})

    def open(self, address: str) -> None:
        """Go to a page."""
        self._send("WebDriver:Navigate", {"url": address})

    def type_into(self, selector: str, text: str) -> None:
        """Type into a field, or give an input of files a path."""
        self._send("WebDriver:ElementSendKeys", {"id": self._find(selector), "text": text})

    def click(self, selector: str) -> None:
        """Click an element once it is there."""
        self._send("WebDriver:ElementClick", {"id": self._find(selector)})

    def evaluate(self, script: str) -> Any:
        """Run the body of a function in the page, and give what it returns."""
        return self._send("WebDriver:ExecuteScript", {"script": script, "args": []})["value"]

    def text(self) -> str:
        """Give what the page shows."""
        return str(self.evaluate("return document.body.innerText"))

    def _find(self, selector: str) -> str:
        wait_for(
            lambda: self.evaluate(f"return document.querySelector({json.dumps(selector)}) !== null"), selector
        )
        found = self._send("WebDriver:FindElement", {"using": "css selector", "value": selector})
        return str(found["value"][_REFERENCE])

    def _send(self, command: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._stream.write(f"{len(message)}:".encode() + message)
        self._stream.flush()
        _, number, error, result = self._receive()
        assert number == self._number
        assert error is None, f"{command}: {error}"
        return result

    def _receive(self) -> Any:
        length = b""
        while (character := self._stream.read(1)) != b":":
            assert character, "Firefox has ended"
            length += character
        return json.loads(self._stream.read(int(length)))


@contextmanager
def running_firefox(folder: Path) -> Iterator[Firefox]:
    """Run Firefox without a window, with a profile and downloads in a folder.

    Raises:
        ServersUnavailableError: there is none, and none can be fetched.
    """
    program, libraries = _find_firefox()
    profile, downloads = folder / "profile", folder / "downloads"
    profile.mkdir()
    downloads.mkdir()
    port = free_port()
    (profile / "user.js").write_text(_SETTINGS.format(port=port, downloads=downloads))
    environment = {**os.environ, "HOME": str(folder)}
    if libraries:
        environment["LD_LIBRARY_PATH"] = libraries
    command = [str(program), "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            with wait_for(lambda: _connection(port), "Firefox is there", every=0.2) as connection:
                yield Firefox(connection, downloads)
        finally:
            process.kill()


def _connection(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    except ConnectionRefusedError:
        return None


def _find_firefox() -> tuple[Path, str]:
    for name in _NAMES:
        if found := shutil.which(name):
            return Path(found), ""
    CACHE.mkdir(parents=True, exist_ok=True)
    with one_at_a_time():
        root = debian_root(["firefox-esr"])
    return root / "usr/lib/firefox-esr/firefox-esr", debian_library_path(root)
