"""A page as a browser without scripts understands it."""

from html.parser import HTMLParser

import httpx
from typing_extensions import override


class HtmlPage(HTMLParser):
    """What a browser makes of a page: forms by the text of their buttons, links by theirs, tags, attributes, text."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer = answer
        self.forms: dict[str, tuple[str, dict[str, str]]] = {}
        self.links: dict[str, str] = {}
        self.tags: list[str] = []
        self.attributes: list[dict[str, str]] = []
        self.text = ""
        self._form: tuple[str, dict[str, str]] = ("", {})
        self._inside = ""
        self._href = ""
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        self.feed(answer.text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes.append(attributes)
        self._inside = tag
        if tag == "form":
            assert attributes["method"] == "post"
            self._form = (self._absolute(attributes["action"]), {})
        elif tag == "input":
            self._form[1][attributes["name"]] = attributes.get("value", "")
        elif tag == "a":
            self._href = self._absolute(attributes["href"])

    @override
    def handle_data(self, data: str) -> None:
        if self._inside == "button" and data.strip():
            self.forms[data] = self._form
        elif self._inside == "a" and data.strip():
            self.links[data] = self._href
        if self._inside != "style":
            self.text += data

    def _absolute(self, address: str) -> str:
        return str(httpx.URL(str(self.answer.url)).join(address))
