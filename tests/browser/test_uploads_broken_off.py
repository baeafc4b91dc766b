"""What happens in the middle of an upload, and that the upload goes on all the same."""

import asyncio
import os
import struct
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Dialog, expect

from tests.browser.files import MUCH_SOUND, video_with_much_sound
from tests.browser.held_line import HeldLine
from tests.browser.visitor import PASSWORD, Visitor
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.selection import thorough

pytestmark = [pytest.mark.network, pytest.mark.media]


async def begin(visitor: Visitor, line: HeldLine) -> None:
    """Sign up, and choose a video of which a part is sent."""
    await visitor.come_signed_in()
    await visitor.choose(video_with_much_sound())
    await line.wait_until_held()


async def sign_in_again(visitor: Visitor) -> None:
    """Give the password to the dialog that asks for it."""
    dialog = visitor.page.get_by_role("dialog", name="Sign in again")
    await dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Sign in").click()
    await expect(dialog).to_be_hidden()


async def test_after_the_page_was_loaded_anew_it_goes_on_when_the_file_is_chosen_again(
    distant_visitor: Visitor, line: HeldLine, tracklift: StandaloneProcess
) -> None:
    """The page warns before, and says afterwards what to do. What is at the server is not sent once more."""
    visitor = distant_visitor
    warnings: list[Dialog] = []

    async def leave(dialog: Dialog) -> None:
        warnings.append(dialog)
        await dialog.accept()

    visitor.page.on("dialog", leave)
    await begin(visitor, line)
    await visitor.page.reload()
    await line.cut()

    await expect(visitor.row(MUCH_SOUND)).to_contain_text("Choose the file again")
    line.release()
    await visitor.choose(video_with_much_sound())

    await visitor.wait_until_ready(MUCH_SOUND)
    assert [dialog.type for dialog in warnings] == ["beforeunload"]
    (record,) = visitor.records(tracklift.address)
    assert record["state"] == "completed"
    assert line.carried < record["source"]["size"] + 700_000, "the first megabyte is sent once"


async def test_it_goes_on_after_the_session_has_ended_and_somebody_has_signed_in_again(
    distant_visitor: Visitor, line: HeldLine, tracklift: StandaloneProcess
) -> None:
    visitor = distant_visitor
    await begin(visitor, line)

    await visitor.context.clear_cookies()
    line.release()
    await line.cut()
    await expect(visitor.row(MUCH_SOUND)).to_contain_text("Resumes once you sign in")
    await sign_in_again(visitor)

    await visitor.wait_until_ready(MUCH_SOUND)
    assert [record["state"] for record in visitor.records(tracklift.address)] == ["completed"]


@pytest.mark.thorough
async def test_it_goes_on_after_the_server_was_killed_and_started_anew(
    distant_visitor: Visitor, line: HeldLine, tracklift: StandaloneProcess
) -> None:
    """The list, too, follows again by itself, and nobody has to sign in."""
    visitor = distant_visitor
    await begin(visitor, line)
    second = await visitor.context.new_page()
    await second.goto(f"{line.address}/library")
    await expect(second.locator(".row", has_text=MUCH_SOUND)).to_be_visible()

    tracklift.kill()
    await expect(visitor.row(MUCH_SOUND)).to_contain_text("The upload will resume by itself")
    line.release()
    tracklift.start()

    await visitor.wait_until_ready(MUCH_SOUND)
    await expect(second.get_by_role("button", name="Download")).to_be_visible()
    await expect(second.get_by_text("The connection was lost")).to_have_count(0)
    assert [record["state"] for record in visitor.records(tracklift.address)] == ["completed"]


async def test_a_second_tab_that_signs_out_keeps_what_was_chosen_in_the_first(
    distant_visitor: Visitor, line: HeldLine, tracklift: StandaloneProcess
) -> None:
    """The first says so, and goes on once its user has signed in again."""
    visitor = distant_visitor
    await begin(visitor, line)
    second = await visitor.context.new_page()
    await second.goto(f"{line.address}/account")
    await second.get_by_role("button", name="Sign out", exact=True).first.click()

    await expect(visitor.page.get_by_text("You signed out in another tab.")).to_be_visible()
    await expect(visitor.page.get_by_text("The files you chose are waiting")).to_be_visible()
    line.release()
    await line.cut()
    await visitor.fill_in("Sign in")

    await visitor.wait_until_ready(MUCH_SOUND)
    assert [record["state"] for record in visitor.records(tracklift.address)] == ["completed"]


async def test_files_of_one_user_are_not_sent_for_another_who_signs_in(
    distant_visitor: Visitor, line: HeldLine, tracklift: StandaloneProcess
) -> None:
    visitor = distant_visitor
    await begin(visitor, line)
    await visitor.context.clear_cookies()
    line.release()
    await line.cut()
    await visitor.page.get_by_role("button", name="Use another account").click()

    await visitor.page.locator("main").get_by_role("link", name="Create an account").click()
    visitor.email = f"{uuid4().hex}@example.org"
    await visitor.fill_in("Create account")
    await expect(visitor.page.locator("#videos")).to_be_attached()

    await expect(visitor.page.locator(".row")).to_have_count(0)
    await visitor.open("/library")
    await expect(visitor.page.get_by_text("Nothing here yet")).to_be_visible()
    assert visitor.records(tracklift.address) == []


@pytest.mark.each_value_once
@pytest.mark.parametrize("when", ["in a part", "between two parts"])
@pytest.mark.parametrize("change", ["is overwritten", "vanishes", *thorough(["shrinks"])])
async def test_a_file_that_is_not_the_same_any_more_is_named(
    distant_visitor: Visitor,
    line: HeldLine,
    tracklift: StandaloneProcess,
    tmp_path: Path,
    change: str,
    when: str,
) -> None:
    """Before more of it is sent; nothing is converted that is half of one file and half of another."""
    video = tmp_path / "growing.mp4"
    # Large enough that the browser can't have read it all.
    content = sample("one-second").read_bytes()
    video.write_bytes(content + struct.pack(">I4s", 64_000_000, b"free"))
    with video.open("r+b") as file:
        file.truncate(len(content) + 64_000_000)
    before = video.stat()
    visitor = distant_visitor
    await visitor.come_signed_in()
    await visitor.page.locator("summary").first.click()
    await visitor.page.get_by_role("checkbox", name="Send the whole video").check()
    await visitor.choose(video)
    await line.wait_until_held()

    if change == "vanishes":
        video.unlink()
    elif change == "shrinks":
        video.write_bytes(content)
    else:
        with video.open("r+b") as file:
            file.seek(before.st_size // 2)
            file.write(b"another recording")
        # As a program does that keeps times; browsers compare no more than that.
        os.utime(video, ns=(before.st_atime_ns, before.st_mtime_ns))
    if when == "between two parts":
        line.release()
        await line.cut()

    await expect(visitor.row("growing")).to_contain_text("The file was changed or moved during the upload")
    await visitor.row("growing").get_by_role("button", name="Dismiss").click()
    await expect(visitor.page.locator(".row")).to_have_count(0)
    line.release()
    await asyncio.to_thread(
        wait_for, lambda: not visitor.records(tracklift.address), "nothing of it is left at the server"
    )
