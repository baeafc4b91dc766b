"""Somebody who uses Tracklift with a browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from playwright.async_api import Error as PlaywrightError

from tests.browser.prepared import give_conversion
from tests.end_to_end import user
from tests.end_to_end.accounts import Role, add_account, session_cookies, signed_in_user
from tests.end_to_end.data_folder import DataFolder
from tests.end_to_end.user import User, as_client_of_its_own

PASSWORD = user.PASSWORD
PATIENCE = 60_000
"""Milliseconds after which something that must happen has not."""
_MARK = "security policy violation"
_WATCH = f"""document.addEventListener("securitypolicyviolation", (event) =>
  console.error("{_MARK}", event.effectiveDirective, event.blockedURI, event.sourceFile));"""
_NOTES = """if (location.protocol.startsWith("http") && !sessionStorage.getItem("notes of a test")) {
  sessionStorage.setItem("notes of a test", "made");
  localStorage.setItem("tracklift.signed-in", "1");
  localStorage.setItem("tracklift.renewed-at", String(Date.now()));
}"""
"""What pages note when somebody signs in, written once before the next page that is opened."""
_MOVE = """path => {
  if (location.pathname + location.search === path) return;
  for (const heading of document.querySelectorAll("main h1, main h2")) heading.dataset.before = "";
  history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}"""
_LOOK = """rules => axe.run({
  ...(rules.length ? { runOnly: rules } : {}), resultTypes: ["violations"], selectors: false
})"""
_AXE = Path(__file__).resolve().parents[2] / "apps" / "web" / "node_modules" / "axe-core" / "axe.min.js"


@asynccontextmanager
async def new_context(
    browser: Browser, *, scheme: Literal["light", "dark"] = "light", locale: str = "en-GB"
) -> AsyncIterator[BrowserContext]:
    """Open what is a browser of its own to pages: it shares nothing with others."""
    context = await browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, locale=locale
    )
    try:
        context.set_default_timeout(PATIENCE)
        await context.add_init_script(_WATCH)
        yield context
    finally:
        await context.close()


async def forget(context: BrowserContext, address: str) -> None:
    """Make it as if a browser had never been at an address, but for cached files; close all pages but its first."""
    first, *others = context.pages
    for page in others:
        await page.close()
    await context.set_offline(offline=False)
    await context.clear_cookies()
    session = await context.new_cdp_session(first)
    await session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
    await session.detach()


class Visitor:
    """A browser of somebody's own, with one page open."""

    def __init__(
        self, context: BrowserContext, page: Page, address: str, data: DataFolder | None = None
    ) -> None:
        """Take the data folder of the Tracklift at the address, where it is on this machine."""
        self.context = context
        self.page = page
        self.address = address
        self._data = data
        self.email = f"{uuid4().hex}@example.org"
        self.locale = "en-GB"
        """The language that its browser asks for."""
        self.opened = 0
        """How many pages, by their addresses."""
        self.troubles: list[str] = []
        """What went wrong in the pages that no user would see."""

    @classmethod
    @asynccontextmanager
    async def visiting(
        cls,
        browser: Browser,
        address: str,
        data: DataFolder | None = None,
        *,
        scheme: Literal["light", "dark"] = "light",
        locale: str = "en-GB",
    ) -> AsyncIterator["Visitor"]:
        """Open a browser that knows nothing of Tracklift; in the end, nothing may have gone wrong in its pages."""
        async with (
            new_context(browser, scheme=scheme, locale=locale) as context,
            cls.within(context, address, data) as visitor,
        ):
            visitor.locale = locale
            yield visitor

    @classmethod
    @asynccontextmanager
    async def within(
        cls, context: BrowserContext, address: str, data: DataFolder | None = None
    ) -> AsyncIterator["Visitor"]:
        """Open a page in a browser; in the end, nothing may have gone wrong in it, or in others opened meanwhile."""
        expect.set_options(timeout=PATIENCE)
        await context.set_extra_http_headers(as_client_of_its_own())
        visitor = cls(context, await context.new_page(), address, data)
        listen = visitor.listen
        context.on("page", listen)
        visitor.listen(visitor.page)
        try:
            yield visitor
        except Exception as error:
            error.add_note(await visitor.seen())
            raise
        finally:
            context.remove_listener("page", listen)
        assert visitor.troubles == []

    async def seen(self) -> str:
        """Tell what the pages show and what went wrong in them, to be told where a test fails."""
        shown = [f"{page.url}\n{await _text_of(page)}" for page in self.context.pages]
        return "\n\n".join([*shown, *(f"Trouble: {trouble}" for trouble in self.troubles)])

    def listen(self, page: Page) -> None:
        """Note what goes wrong in a page."""
        page.on("pageerror", lambda error: self.troubles.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if _MARK in message.text:
            self.troubles.append(message.text)

    async def open(self, path: str = "/") -> None:
        """Go to a page."""
        self.opened += 1
        await self.page.goto(self.address + path)
        await self.page.wait_for_selector("main h1, main h2")

    async def move_to(self, path: str) -> None:
        """Go to another page as by a link in the one that is open: nothing is loaded anew."""
        self.opened += 1
        await self.page.evaluate(_MOVE, path)
        await self.page.wait_for_selector("main :is(h1, h2):not([data-before])")

    async def sign_up(self) -> None:
        """Make an account on the first page that a new visitor sees."""
        await self.open()
        await self.fill_in("Create account")
        await expect(self.page.locator("#videos")).to_be_attached()

    async def come_signed_in(self, path: str = "/", role: Role = "user") -> None:
        """Open a page as one who has signed up and signed in with this browser before."""
        await self.be_signed_in(role)
        await self.open(path)
        if path == "/":
            await expect(self.page.locator("#videos")).to_be_attached()

    async def come_to_conversion(self, name: str) -> None:
        """Open the page of a sample's conversion, which ended before."""
        await self.be_signed_in()
        await self.open(f"/conversions/{await self.have_converted(name)}")
        await expect(self.page.get_by_role("button", name="Download MP3")).to_be_visible()

    async def have_converted(self, name: str) -> str:
        """Have the ended conversion of a sample already, which is not to be deleted; give its id."""
        assert self._data is not None
        return await asyncio.to_thread(give_conversion, self._data, self.address, self.email, name)

    async def be_signed_in(self, role: Role = "user") -> None:
        """Have an account, and a session that this browser keeps."""
        assert self._data is not None
        await asyncio.to_thread(add_account, self._data, self.email, role)
        cookies = await asyncio.to_thread(session_cookies, self._data, self.address, self.email)
        await self.context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )
        await self.page.add_init_script(_NOTES)

    async def fill_in(self, button: str, password: str = PASSWORD) -> None:
        """Fill in address and password, and press the button."""
        await self.page.get_by_label("Email address").fill(self.email)
        await self.page.get_by_role("textbox", name="Password").fill(password)
        await self.page.get_by_role("button", name=button, exact=True).click()

    async def choose(self, *files: Path | dict[str, Any]) -> None:
        """Choose files to convert."""
        await self.page.locator("#videos").set_input_files(list(files))  # type: ignore[arg-type]  # either kind alone

    def row(self, name: str) -> Locator:
        """Give the row of a file."""
        return self.page.locator(".row", has_text=name)

    async def wait_until_ready(self, name: str) -> Locator:
        """Wait until a file's MP3 can be downloaded, and give its row."""
        row = self.row(name)
        await expect(row.get_by_role("button", name="Download")).to_be_visible()
        return row

    def records(self, address: str | None = None) -> list[dict[str, Any]]:
        """Give the records of the conversions, as a program gets them from the server itself."""
        data, at = self._data, address or self.address
        user = signed_in_user(data, at, self.email) if data else User(at, self.email).log_in()
        try:
            return user.records()
        finally:
            user.http.close()

    async def overflow(self) -> int:
        """Tell by how many pixels the page is wider than the window."""
        return int(await self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    async def accessibility_problems(self, *rules: str) -> list[str]:
        """Have axe-core look, by some of its rules or all; the policy of the page would forbid it as a script."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(_AXE.read_text(encoding="utf-8"))
        result = await self.page.evaluate(_LOOK, list(rules))
        return [
            f"{problem['id']}: {node['html']} {node['failureSummary']}"
            for problem in result["violations"]
            for node in problem["nodes"]
        ]


async def _text_of(page: Page) -> str:
    try:
        return await page.inner_text("body", timeout=5000)
    except PlaywrightError as error:
        return f"(its text can't be read: {error.message})"
