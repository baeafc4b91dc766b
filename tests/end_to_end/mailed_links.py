"""The links in mails, and what their pages do."""

import re
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.end_to_end.data_folder import text_of
from tests.end_to_end.user import User

_CONFIRMATIONS = {
    "verify-email": "/v1/email-verifications/confirm",
    "reset-password": "/v1/password-resets/confirm",
}


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


def redeem(http: httpx.Client, link: str, **fields: str) -> httpx.Response:
    """Send the token of a link as the page does that it leads to."""
    path = _CONFIRMATIONS[urlsplit(link).path.rpartition("/")[2]]
    return http.post(path, json={"token": token_in(link), **fields})
