"""The pages that links in mails lead to."""

from html.parser import HTMLParser

import httpx
import pytest
from typing_extensions import override

from tests.contracts.examples import ADA, DAY
from tests.unit.http.backstage import PASSWORD, Backstage
from tests.unit.http.test_mailed_links import log_in, mailed
from tracklift_domain.user.events import EmailVerificationRequested, PasswordResetRequested

NEW = "a whole new passphrase"
PAGES = ["/verify-email", "/reset-password"]


class Form(HTMLParser):
    """What a browser makes of a page's form."""

    def __init__(self, page: httpx.Response) -> None:
        super().__init__()
        self.page = page
        self.action = ""
        self.fields: dict[str, str] = {}
        self.tags: list[str] = []
        self.feed(page.text)

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append(tag)
        if tag == "form":
            assert attributes["method"] == "post"
            self.action = str(httpx.URL(str(self.page.url)).join(attributes["action"] or ""))
        elif tag == "input":
            self.fields[attributes["name"] or ""] = attributes.get("value") or ""

    async def submit(self, client: httpx.AsyncClient, **fields: str) -> httpx.Response:
        """Send the form as a browser does."""
        return await client.post(self.action, data={**self.fields, **fields})


@pytest.fixture
async def reset_token(client: httpx.AsyncClient, backstage: Backstage) -> str:
    """Give the token that Ada was mailed for a new password."""
    await client.post("/v1/password-resets", json={"email": "ada@example.org"})
    (token,) = await mailed(backstage, PasswordResetRequested)
    return token


@pytest.fixture
async def verify_token(ada: httpx.AsyncClient, backstage: Backstage) -> str:
    """Give the token that Ada was mailed to verify the address."""
    await ada.post("/v1/email-verifications")
    (token,) = await mailed(backstage, EmailVerificationRequested)
    return token


@pytest.fixture
async def pages(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a client to which refusals may come as pages."""
    client.event_hooks = {}
    return client


async def test_the_button_verifies_the_address(
    pages: httpx.AsyncClient, backstage: Backstage, verify_token: str
) -> None:
    form = Form(await pages.get("/verify-email", params={"token": verify_token}))

    answer = await form.submit(pages)

    assert answer.status_code == 200
    assert "the address is confirmed" in answer.text
    assert (await backstage.users.get(ADA)).email_verified_at is not None


async def test_the_form_sets_the_password(pages: httpx.AsyncClient, reset_token: str) -> None:
    form = Form(await pages.get("/reset-password", params={"token": reset_token}))

    answer = await form.submit(pages, password=NEW)

    assert answer.status_code == 200
    assert "The password is set" in answer.text
    assert NEW not in answer.text
    assert (await log_in(pages, NEW)).status_code == 200


async def test_a_weak_password_is_asked_for_again(pages: httpx.AsyncClient, reset_token: str) -> None:
    first = Form(await pages.get("/reset-password", params={"token": reset_token}))
    second = Form(await first.submit(pages, password="short"))

    assert second.page.status_code == 400
    assert "it needs at least 10 characters" in second.page.text
    assert "short" not in second.page.text
    assert (await second.submit(pages, password=NEW)).status_code == 200


@pytest.mark.parametrize("path", PAGES)
async def test_opening_a_page_uses_nothing_up(
    pages: httpx.AsyncClient, backstage: Backstage, reset_token: str, verify_token: str, path: str
) -> None:
    """Programs that look for harm in mails open the link before its reader does, and ask for its head."""
    for token in (reset_token, verify_token):
        for _ in range(3):
            assert (await pages.get(path, params={"token": token})).status_code == 200
            await pages.head(path, params={"token": token})

    assert (await backstage.users.get(ADA)).email_verified_at is None
    verified = await pages.post("/v1/email-verifications/confirm", json={"token": verify_token})
    reset = await pages.post("/v1/password-resets/confirm", json={"token": reset_token, "password": NEW})
    assert (verified.status_code, reset.status_code) == (204, 204)


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_looks_the_same_whatever_the_token(pages: httpx.AsyncClient, path: str) -> None:
    """Opening one tells nobody whether a token is good."""
    unknown, other = [(await pages.get(path, params={"token": token})).text for token in ("aaa", "bbb")]

    assert unknown == other.replace("bbb", "aaa")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_and_loads_nothing_and_is_kept_nowhere(pages: httpx.AsyncClient, path: str) -> None:
    page = await pages.get(path, params={"token": "x"})

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
    assert not {"script", "img", "link", "iframe"} & set(Form(page).tags)


@pytest.mark.parametrize("path", PAGES)
async def test_a_token_can_not_get_out_of_its_place(pages: httpx.AsyncClient, path: str) -> None:
    hostile = "\"><script>alert(1)</script>'"

    form = Form(await pages.get(path, params={"token": hostile}))

    assert form.fields["token"] == hostile
    assert "script" not in form.tags


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("query", ["", "?token=", "?token=" + "x" * 129, "?other=x"])
async def test_a_link_without_its_token_leads_to_no_form(
    pages: httpx.AsyncClient, path: str, query: str
) -> None:
    answer = await pages.get(path + query)

    assert answer.status_code == 400
    assert "This link is not valid" in answer.text
    assert "<form" not in answer.text


async def test_a_token_that_is_good_for_nothing_is_refused_on_a_page(
    pages: httpx.AsyncClient, backstage: Backstage, reset_token: str, verify_token: str
) -> None:
    new = {"password": NEW}
    unknown = await pages.post("/reset-password", data={"token": "unknown", **new})
    missing = await pages.post("/verify-email", data={"other": "x"})
    await pages.post("/reset-password", data={"token": reset_token, **new})
    used = await pages.post("/reset-password", data={"token": reset_token, **new})
    backstage.clock.advance(DAY)
    expired = await pages.post("/verify-email", data={"token": verify_token})

    for answer in (unknown, missing):
        assert (answer.status_code, "This link is not valid" in answer.text) == (400, True)
    assert (used.status_code, "was used before" in used.text) == (410, True)
    assert (expired.status_code, "This link has expired" in expired.text) == (410, True)
    assert (await log_in(pages, PASSWORD)).status_code == 400


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_takes_nothing_but_its_form(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.post(path, json={"token": "x"})

    assert answer.status_code == 415
