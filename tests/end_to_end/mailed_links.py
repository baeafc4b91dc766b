"""The links in mails, as somebody opens them who uses a browser without scripts."""

import re
from email.message import EmailMessage
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx
from typing_extensions import override

from tests.end_to_end.data_folder import text_of
from tests.end_to_end.user import User
from tests.html_page import HtmlPage


def link_in(text: str, page: str) -> str:
    """Give the link to a page out of the text of a mail."""
    found = re.search(rf"^https?://\S+/{page}\?token=[\w-]+(?=\s*$)", text, re.MULTILINE)
    assert found is not None, text
    return found.group()


def token_in(link: str) -> str:
    """Give the token at the end of a link."""
    (token,) = parse_qs(urlsplit(link).query)["token"]
    return token


def verify_address(user: User, mail: EmailMessage) -> User:
    """Verify a user's address with the mail that greets them, and have a token that says so."""
    token = token_in(link_in(text_of(mail), "verify-email"))
    user.http.post("/v1/email-verifications/confirm", json={"token": token}).raise_for_status()
    return user.log_in()


def submit(http: httpx.Client, link: str, **fields: str) -> httpx.Response:
    """Open a page, fill in its form and send it."""
    page = http.get(link).raise_for_status()
    form = _Form(page.text)
    return http.post(page.url.join(form.action), data={**form.fields, **fields})


def open_conversion(http: httpx.Client, link: str, email: str, password: str) -> HtmlPage:
    """Open the link in a mail about a conversion, and sign in on its page."""
    page = HtmlPage(http.get(link).raise_for_status())
    return press(http, page, "Sign in", email=email, password=password)


def press(http: httpx.Client, page: HtmlPage, button: str, **fields: str) -> HtmlPage:
    """Send the form of a button, which leads to another page."""
    action, given = page.forms[button]
    return HtmlPage(http.post(action, data={**given, **fields}))


def download(http: httpx.Client, page: HtmlPage) -> httpx.Response:
    """Download the MP3 that a page offers."""
    action, given = page.forms["Download the MP3"]
    return http.post(action, data=given)


class _Form(HTMLParser):
    """What a browser makes of a form."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}
        self.feed(page)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input":
            self.fields[attributes["name"]] = attributes.get("value", "")
