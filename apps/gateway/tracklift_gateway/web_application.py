"""The web application: the files that `make web` builds, and the policy under which browsers run them."""

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
    # Nothing but files and answers of this origin: nothing inline, nothing evaluated, nothing from another host.
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class WebApplication:
    """The shell, from which every page begins, and the files that it loads: by their paths, seen from the shell."""

    files: Mapping[str, WebFile]

    @classmethod
    def of(cls, files: Mapping[str, WebFile]) -> "WebApplication":
        """Take what was built."""
        return cls(files)

    def with_sample(self, video: bytes) -> "WebApplication":
        """Add a video with which new users may try it; the shell tells the pages that there is one."""
        shell = self.files.get(_SHELL)
        if shell is None:
            return self
        told = WebFile(shell.content.replace(b'id="app"', b'id="app" data-sample'), shell.media_type)
        return WebApplication({**self.files, _SHELL: told, _SAMPLE: WebFile(video, "video/mp4")})

    def shell(self, path: str) -> bytes | None:
        """Give the shell for the page at a path, or `None` if none was built.

        Its links are relative, as Tracklift may stand below a path of a proxy: from a page further down they lead up.
        """
        if _SHELL not in self.files:
            return None
        depth = path.count("/") - 1
        return self.files[_SHELL].content.replace(b'="./', b'="' + b"../" * depth if depth else b'="./')

    def no_page(self, path: str) -> bytes | None:
        """Give the shell for an address of no page, which it tells the pages; or `None` if none was built."""
        shell = self.shell(path)
        return None if shell is None else shell.replace(b'id="app"', b'id="app" data-no-page')

    def welcome(self, accepted_languages: str) -> bytes | None:
        """Give the shell of the first page with what visitors read there, so that they need not wait for scripts.

        In the language that the browser asks for first and there is (RFC 9110, section 12.5.4), or else in English.
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
    """Give the languages without their regions, those that are wanted most first."""
    wanted = []
    for entry in accepted_languages.split(",")[:_MOST_LANGUAGES]:
        tag, _, parameter = entry.strip().partition(";")
        quality = parameter.strip().removeprefix("q=") or "1"
        if _QUALITY.fullmatch(quality) and float(quality) > 0:
            wanted.append((float(quality), tag.strip().partition("-")[0].lower()))
    # Those of the same weight stay in their order.
    return [language for _, language in sorted(wanted, key=lambda each: -each[0])]


@cache
def built_web_application() -> WebApplication:
    """Read what was built, if it was."""
    return WebApplication(read_web_files(importlib.resources.files("tracklift_gateway").joinpath(_FOLDER)))
