"""Takes the pictures of the README: `python -m tests.browser.screenshots`, or `make screenshots`.

A user has converted three videos, another one is being converted, and one is being uploaded.
"""

import asyncio
import base64
import os
import signal
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import running_chromium
from tests.browser.held_line import HeldLine
from tests.browser.visitor import Visitor
from tests.end_to_end.mailed_links import verify_address
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media import ffmpeg

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
EMAIL = "ada@example.org"
READY = {"Choir rehearsal, March.mp4": 134, "Interview with Grace Hopper.mov": 227, "Thesis defence.mp4": 308}
CONVERTING = ("Town hall meeting.mp4", 600)
UPLOADED = ("Lecture 7, Fourier series.mp4", 412)
PICTURES = 212_000_000
"""Bytes of the video that is uploaded which are not its sound."""
WIDE = {"width": 1280, "height": 800}
NARROW = {"width": 390, "height": 844}


def record_speech(path: Path, seconds: int, *, bitrate: str = "64k") -> Path:
    """Make a video with something like speech: pauses, sentences, a louder part here and there."""
    loudness = "0.08+0.92*abs(sin(t*0.31)*sin(t*0.047+1))*pow(abs(sin(t*2.3)),0.6)"
    noise = f"anoisesrc=color=pink:sample_rate=44100:duration={seconds}:seed={seconds}"
    encoded = ["-c:a", "aac", "-b:a", bitrate, "-f", "mp4"]
    ffmpeg.run("-y", "-f", "lavfi", "-i", f"{noise},volume='{loudness}':eval=frame", *encoded, str(path))
    return path


def add_pictures(path: Path, size: int) -> Path:
    """Let a video be as large as if it had pictures; it takes no room on the disk."""
    with path.open("ab") as file:
        file.write(struct.pack(">I4s", size, b"free"))
        file.truncate(file.tell() + size - 8)
    return path


def confirm_address(tracklift: StandaloneProcess) -> None:
    """Open the link in the mail, so that no page asks for it."""
    mail = wait_for(lambda: next(iter(tracklift.data.mails()), None), "the link is mailed")
    user = User(tracklift.address, EMAIL).log_in()
    verify_address(user, mail).http.close()


@contextmanager
def held_in_the_middle(tracklift: StandaloneProcess) -> Iterator[None]:
    """Stop the conversion that is under way, and let it go on afterwards."""
    workers = wait_for(tracklift.workers, "a worker is there")
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGCONT)


async def take(page: Page, name: str, size: dict[str, int]) -> None:
    """Take a picture of what is seen at a size of the window."""
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})
    # Once the last bar has come to where it belongs.
    await page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 500)))")
    session = await page.context.new_cdp_session(page)
    shot = await session.send("Page.captureScreenshot", {"format": "webp", "quality": 82})
    await asyncio.to_thread((IMAGES / name).write_bytes, base64.b64decode(shot["data"]))


async def play(visitor: Visitor, name: str) -> None:
    """Play a part of an MP3, and stop there, so that the player shows how far it is."""
    page = visitor.page
    await visitor.row(name).get_by_role("button", name="Play").click()
    player = page.get_by_role("region", name="Player")
    await expect(player.get_by_role("button", name="Pause")).to_be_visible()
    for _ in range(3):
        await player.get_by_role("button", name="30 seconds forward").click()
    await player.get_by_role("button", name="Pause").click()


async def in_light(browser: Browser, tracklift: StandaloneProcess, folder: Path) -> None:
    """Convert, and take the pictures in the light theme."""
    async with Visitor.visiting(browser, tracklift.address, scheme="light") as visitor:
        visitor.email = EMAIL
        await visitor.sign_up()
        await asyncio.to_thread(confirm_address, tracklift)
        for name, seconds in READY.items():
            await visitor.choose(await asyncio.to_thread(record_speech, folder / name, seconds))
            await visitor.wait_until_ready(name)
        name, seconds = CONVERTING
        await visitor.choose(await asyncio.to_thread(record_speech, folder / name, seconds))
        await expect(visitor.row(name).get_by_role("progressbar")).to_be_visible()
        # More than what the machine's own buffers take.
        video, seconds = folder / UPLOADED[0], UPLOADED[1]
        uploaded = await asyncio.to_thread(record_speech, video, seconds, bitrate="256k")
        async with HeldLine(tracklift.address, after=1_900_000) as line:
            with held_in_the_middle(tracklift):
                await visitor.page.goto(line.address)
                await visitor.choose(add_pictures(uploaded, PICTURES))
                await line.wait_until_held()
                await expect(visitor.row(UPLOADED[0])).to_contain_text("just the sound, not all")
                await take(visitor.page, "convert.webp", WIDE)
                await visitor.row(UPLOADED[0]).get_by_role("button", name="Cancel").click()
        await visitor.open("/library")
        await visitor.wait_until_ready(CONVERTING[0])
        await play(visitor, "Interview")
        await visitor.row("Interview").get_by_role("link").click()
        await expect(visitor.page.get_by_role("heading", name="Interview")).to_be_visible()
        await take(visitor.page, "conversion-narrow.webp", NARROW)


async def in_dark(browser: Browser, tracklift: StandaloneProcess) -> None:
    """Sign in as the same user, and take the pictures in the dark theme."""
    async with Visitor.visiting(browser, tracklift.address, scheme="dark") as visitor:
        visitor.email = EMAIL
        await visitor.open("/sign-in")
        await visitor.fill_in("Sign in")
        await expect(visitor.page.locator("#videos")).to_be_attached()
        await visitor.open("/library")
        await play(visitor, "Thesis defence")
        await take(visitor.page, "library-dark.webp", WIDE)
        await take(visitor.page, "library-narrow-dark.webp", NARROW)


async def take_all() -> None:
    """Run Tracklift and a browser, and take all pictures."""
    with (
        tempfile.TemporaryDirectory(prefix="tracklift-pictures-") as folder,
        running(Path(folder)) as tracklift,
    ):
        async with running_chromium() as browser:
            await in_light(browser, tracklift, Path(folder))
            await in_dark(browser, tracklift)


if __name__ == "__main__":
    sys.exit(asyncio.run(take_all()))
