"""The web application: the files that `make web` builds, and their content security policy."""

import importlib.resources
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from tracklift_adapters.http.files.web_files import WebFile, read_web_files

_FOLDER = "static"
_SHELL = "index.html"
_SAMPLE = "sample.mp4"
_PLACE = b'<div id="app"'
_FROM_RIGHT_TO_LEFT = frozenset({"ar"})
_MOST_LANGUAGES = 20
_QUALITY = re.compile(r"[01](\.[0-9]{0,3})?", re.ASCII)
HASHED = "assets"
"""The folder of the files whose names change with their content."""
POLICY = (
    # Only files and responses of this origin: nothing inline, nothing evaluated, nothing from another host.
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class WebApplication:
    """The shell, which starts every page, and the files that it loads, by their paths relative to the shell."""

    files: Mapping[str, WebFile]

    @classmethod
    def of(cls, files: Mapping[str, WebFile]) -> "WebApplication":
        """Take the built files."""
        return cls(files)

    def with_sample(self, video: bytes) -> "WebApplication":
        """Add a sample video for new users; an attribute in the shell tells the pages that there is one."""
        shell = self.files.get(_SHELL)
        if shell is None:
            return self
        told = WebFile(shell.content.replace(b'id="app"', b'id="app" data-sample'), shell.media_type)
        return WebApplication({**self.files, _SHELL: told, _SAMPLE: WebFile(video, "video/mp4")})

    def shell(self, path: str) -> bytes | None:
        """Give the shell for the page at a path, or `None` if none was built.

        Its links are relative, since a proxy may serve Tracklift below a path; on deeper pages, they begin
        with `../`.
        """
        if _SHELL not in self.files:
            return None
        depth = path.count("/") - 1
        return self.files[_SHELL].content.replace(b'="./', b'="' + b"../" * depth if depth else b'="./')

    def no_page(self, path: str) -> bytes | None:
        """Give the shell for an address without a page, marked as such, or `None` if none was built."""
        shell = self.shell(path)
        return None if shell is None else shell.replace(b'id="app"', b'id="app" data-no-page')

    def welcome(self, accepted_languages: str) -> bytes | None:
        """Give the shell of the first page with its texts, so that visitors need not wait for scripts.

        The language is the first available one that the browser prefers (RFC 9110, section 12.5.4), or else English.
        """
        shell = self.shell("/")
        texts = {
            name.removeprefix("welcome.").removesuffix(".html"): file.content
            for name, file in self.files.items()
            if name.startswith("welcome.") and name.endswith(".html")
        }
        language = next((each for each in _asked_for(accepted_languages) if each in texts), "en")
        if shell is None or language not in texts:
            return shell
        direction = b' dir="rtl"' if language in _FROM_RIGHT_TO_LEFT else b""
        begun, place, rest = shell.partition(_PLACE)
        end, closing, behind = rest.partition(b">")
        begun = begun.replace(b'lang="en"', b'lang="' + language.encode() + b'"' + direction)
        return begun + place + end + closing + texts[language] + behind


def _asked_for(accepted_languages: str) -> list[str]:
    """Give the languages without their regions, most preferred first."""
    wanted = []
    for entry in accepted_languages.split(",")[:_MOST_LANGUAGES]:
        tag, _, parameter = entry.strip().partition(";")
        quality = parameter.strip().removeprefix("q=") or "1"
        if _QUALITY.fullmatch(quality) and float(quality) > 0:
            wanted.append((float(quality), tag.strip().partition("-")[0].lower()))
    # Languages of the same weight stay in their order.
    return [language for _, language in sorted(wanted, key=lambda each: -each[0])]


@cache
def built_web_application() -> WebApplication:
    """Read the built application; it is empty if nothing was built."""
    return WebApplication(read_web_files(importlib.resources.files("tracklift_gateway").joinpath(_FOLDER)))
