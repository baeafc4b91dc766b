"""From the first visit to the MP3 on the disk."""

import asyncio
import json
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from tests.browser.visitor import PASSWORD, Visitor
from tests.end_to_end.accounts import new_user, signed_in_user
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import User
from tests.end_to_end.user_shell import Terminal
from tests.media.samples import sample
from tests.selection import thorough

pytestmark = [pytest.mark.network, pytest.mark.media]


def by_curl(user: User, folder: Path) -> bytes:
    """Have the video converted as the README says, whole."""
    curl = ["curl", "--silent", "--show-error", "--fail", "--header", f"Authorization: Bearer {user.token}"]
    address = f"{user.address}/v1/conversions"
    form = f"file=@{sample('one-second')}"
    sent = subprocess.run([*curl, "--form", form, address], check=True, capture_output=True)
    conversion = str(json.loads(sent.stdout)["id"])
    user.wait_for_end(conversion)
    target = folder / "curl.mp3"
    subprocess.run([*curl, "--output", str(target), f"{address}/{conversion}/audio"], check=True)
    return target.read_bytes()


def by_command_line(user: User, folder: Path) -> bytes:
    """Have the video converted by `tracklift upload`."""
    home = folder / "home"
    home.mkdir()
    terminal = Terminal(home)
    terminal.log_in(user)
    target = folder / "command.mp3"
    done = terminal.run(["upload", str(sample("one-second")), "-o", str(target)])
    assert done.returncode == 0, done.stderr
    return target.read_bytes()


async def test_a_visitor_signs_up_drops_a_video_and_downloads_its_mp3(
    visitor: Visitor, tracklift: StandaloneProcess, tmp_path: Path
) -> None:
    """Under the video's name, and byte for byte what curl and the command line get, though only the sound is sent."""
    await visitor.sign_up()
    await visitor.choose(sample("one-second"))

    row = await visitor.wait_until_ready(sample("one-second").name)
    async with visitor.page.expect_download() as downloading:
        await row.get_by_role("button", name="Download").click()
    download = await downloading.value
    await download.save_as(tmp_path / "page.mp3")

    user = signed_in_user(tracklift.data, tracklift.address, visitor.email)
    (record,) = user.records()
    assert record["source"]["size"] < sample("one-second").stat().st_size
    assert download.suggested_filename == sample("one-second").with_suffix(".mp3").name
    by_page = (tmp_path / "page.mp3").read_bytes()
    assert await asyncio.to_thread(by_curl, user, tmp_path) == by_page
    assert await asyncio.to_thread(by_command_line, user, tmp_path) == by_page
    user.http.close()


async def test_a_conversion_is_deleted_unless_it_is_undone(visitor: Visitor) -> None:
    await visitor.come_signed_in()
    await visitor.choose(sample("one-second"))
    row = await visitor.wait_until_ready("one-second")

    await row.get_by_role("button", name="Delete").click()
    await expect(row).to_have_count(0)
    await visitor.page.get_by_role("button", name="Undo").click()
    await expect(row).to_have_count(1)

    await row.get_by_role("button", name="Delete").click()
    await visitor.open("/library")
    await expect(visitor.page.get_by_text("Nothing here yet")).to_be_visible()


async def test_the_mp3_is_played_in_the_page(visitor: Visitor) -> None:
    await visitor.be_signed_in()
    await visitor.have_converted("one-second")
    await visitor.open()
    row = await visitor.wait_until_ready("one-second")

    await row.get_by_role("button", name="Play").click()

    player = visitor.page.get_by_role("region", name="Player")
    await expect(player.get_by_role("slider")).to_have_attribute("aria-valuetext", "0:01 of 0:01")


async def test_the_link_in_the_mail_leads_to_the_conversion(
    visitor: Visitor, tracklift: StandaloneProcess
) -> None:
    """One who is not signed in signs in first."""
    user = new_user(tracklift.data, tracklift.address, visitor.email)
    conversion = user.upload(sample("one-second"), name="My <b>talk.mp4")
    user.wait_for_end(conversion)
    user.http.close()

    await visitor.open(f"/conversions/{conversion}")
    await visitor.fill_in("Sign in")

    await expect(visitor.page.get_by_role("heading", name="My <b>talk.mp4")).to_be_visible()
    await expect(visitor.page.get_by_role("button", name="Download MP3")).to_be_visible()


async def test_a_conversion_of_somebody_else_is_not_there(visitor: Visitor) -> None:
    await visitor.come_signed_in(f"/conversions/{'0' * 32}")

    await expect(visitor.page.get_by_text("Conversion not found")).to_be_visible()


async def test_who_comes_to_an_address_of_no_page_is_told_and_led_on(visitor: Visitor) -> None:
    """Signed in or not; what only admins have is no page for others."""
    await visitor.open("/librar")
    await expect(visitor.page.get_by_role("heading", name="Page not found")).to_be_visible()
    await expect(visitor.page).to_have_title("Page not found – Tracklift")

    await visitor.come_signed_in("/admin")
    await visitor.page.get_by_role("link", name="Go to the home page").click()

    await expect(visitor.page).to_have_url(f"{visitor.address}/")


async def test_a_wrong_password_is_told_and_nothing_typed_is_lost(visitor: Visitor) -> None:
    await visitor.open("/sign-in")
    await visitor.fill_in("Sign in", PASSWORD[1:])

    await expect(visitor.page.get_by_role("alert")).to_contain_text("password is wrong")
    await expect(visitor.page.get_by_label("Email address")).to_have_value(visitor.email)


async def test_a_sign_in_with_a_provider_that_fails_ends_at_a_page_that_says_what_to_do(
    visitor: Visitor,
) -> None:
    await visitor.open("/v1/sign-in/nobody?return_to=/library")

    await expect(visitor.page).to_have_url(f"{visitor.address}/sign-in-failed?problem=provider_not_found")
    await expect(visitor.page.get_by_role("alert")).to_contain_text("Choose another one")
    await visitor.page.get_by_role("link", name="Sign in again").click()
    await expect(visitor.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


@pytest.mark.parametrize("whole", [False, *thorough([True])], ids=["one route", "all routes"])
async def test_the_documentation_works_under_its_policy(visitor: Visitor, *, whole: bool) -> None:
    """It sends requests, and asks for credentials. With all routes, the page takes twelve seconds of computing time."""

    async def keep_one(route: Route) -> None:
        document = await (await route.fetch()).json()
        path = "/v1/events"
        components = {**document["components"], "schemas": {}}
        kept = {path: {"get": document["paths"][path]["get"]}}
        await route.fulfill(json={**document, "components": components, "paths": kept})

    if not whole:
        await visitor.page.route("**/v1/openapi.json", keep_one)
    await visitor.page.goto(f"{visitor.address}/docs")
    operation = visitor.page.locator("[id$=watch_conversions]")
    await operation.locator(".opblock-summary-control").click()
    await operation.get_by_role("button", name="Execute").click()
    await expect(operation.locator(".live-responses-table")).to_contain_text("401")
    await visitor.page.locator("button.authorize").first.click()
    await expect(visitor.page.locator(".modal-ux")).to_be_visible()


async def test_files_from_a_share_sheet_are_converted_once_their_owner_says_so(
    visitor: Visitor, tmp_path: Path
) -> None:
    """They come as a form that only the service worker takes, as any page can send it; they outlast a sign-in."""
    await visitor.open()
    await visitor.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    await visitor.page.reload()
    await visitor.page.wait_for_function("navigator.serviceWorker.controller !== null")
    await visitor.page.evaluate(
        """document.body.insertAdjacentHTML("beforeend", `<form id="sheet" action="share" method="post"
          enctype="multipart/form-data"><input type="file" name="videos" multiple></form>`)"""
    )
    notes = tmp_path / "notes.txt"
    notes.write_text("not a video")
    await visitor.page.locator("#sheet input").set_input_files([sample("one-second"), notes])
    await visitor.page.locator("#sheet").evaluate("form => form.submit()")
    await expect(visitor.page).to_have_url(f"{visitor.address}/")

    await visitor.fill_in("Create account")
    notice = visitor.page.get_by_text("2 files were shared with Tracklift.")
    await expect(notice).to_be_visible()
    await visitor.page.reload()
    await visitor.page.get_by_role("button", name="Convert", exact=True).click()

    await visitor.wait_until_ready("one-second")
    await expect(visitor.row("notes.txt")).to_contain_text("not an MP4 video")
    await visitor.page.reload()
    await expect(visitor.row("one-second")).to_be_visible()
    await expect(notice).to_have_count(0)


async def test_it_can_be_installed(visitor: Visitor) -> None:
    """Its manifest and all icons are there, in the sizes that it names."""
    await visitor.open()
    sizes = await visitor.page.evaluate(
        """async () => {
          const address = document.querySelector("link[rel=manifest]").href;
          const { icons } = await (await fetch(address)).json();
          return Promise.all(icons.map(({ src, sizes }) => new Promise((found, failed) => {
            const image = new Image();
            image.onload = () => found([sizes, `${image.naturalWidth}x${image.naturalHeight}`]);
            image.onerror = failed;
            image.src = new URL(src, address);
          })));
        }"""
    )

    assert [told for told, _ in sizes] == ["any", "192x192", "512x512", "512x512"]
    assert all(told == real for told, real in sizes if told != "any")


async def test_who_has_no_video_at_hand_tries_the_sample(visitor: Visitor) -> None:
    await visitor.come_signed_in("/library")
    await visitor.page.get_by_role("button", name="Convert a sample").click()

    await visitor.wait_until_ready("Hello from Tracklift")
    await expect(visitor.page.get_by_role("button", name="Convert a sample")).to_have_count(0)
