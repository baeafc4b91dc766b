"""Files as people have them: many, huge, in folders, with odd names, or no videos at all."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.files import LARGE, folder_of_mixed_files, large_video
from tests.browser.visitor import PATIENCE, Visitor
from tests.media.samples import sample
from tests.selection import thorough

pytestmark = [pytest.mark.network, pytest.mark.media]
LONG_NAME = "مقطع 🎬 " + "x" * 288 + ".mp4"
_MB = 1_000_000


async def memory_of(browser: Browser) -> int:
    """Tell how many bytes of memory the tabs of a browser have."""
    session = await browser.new_browser_cdp_session()
    processes = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
    await session.detach()
    return sum(_resident(each["id"]) for each in processes if each["type"] == "renderer")


def _resident(process: int) -> int:
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * 4096


async def drop(visitor: Visitor, *paths: Path) -> None:
    """Drop files and folders on the page, as a file manager does."""
    session = await visitor.context.new_cdp_session(visitor.page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        await session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 300, "data": data})
    await session.detach()


async def test_files_that_are_no_videos_are_named_and_the_rest_is_converted(visitor: Visitor) -> None:
    await visitor.come_signed_in()
    await visitor.choose(
        {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"not a video"},
        {"name": "empty.mp4", "mimeType": "video/mp4", "buffer": b""},
        {"name": "text.mp4", "mimeType": "video/mp4", "buffer": b"not a video"},
        {"name": LONG_NAME, "mimeType": "video/mp4", "buffer": sample("one-second").read_bytes()},
    )

    await expect(visitor.row("notes.txt")).to_contain_text("not an MP4 video")
    await expect(visitor.row("empty.mp4")).to_contain_text("The file is empty")
    await expect(visitor.row("text.mp4")).to_contain_text("not an MP4 video")
    row = await visitor.wait_until_ready("مقطع 🎬")
    async with visitor.page.expect_download() as downloading:
        await row.get_by_role("button", name="Download").click()
    download = await downloading.value
    assert download.suggested_filename.startswith("مقطع 🎬 xxx")
    assert download.suggested_filename.endswith("x.mp3")
    for width in (320, 1280):
        await visitor.page.set_viewport_size({"width": width, "height": 800})
        assert await visitor.overflow() <= 0


async def test_a_folder_is_dropped_with_all_that_is_in_it(visitor: Visitor, tmp_path: Path) -> None:
    """Videos further down are converted too, other files named, hidden ones left alone; so from every page."""
    await visitor.come_signed_in("/account")
    await expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()

    await drop(visitor, folder_of_mixed_files(tmp_path / "from the phone"))

    await visitor.page.wait_for_url(f"{visitor.address}/")
    await visitor.wait_until_ready("first.mp4")
    await visitor.wait_until_ready("second.mp4")
    await expect(visitor.row("notes.txt")).to_contain_text("not an MP4 video")
    await expect(visitor.row("empty.mp4")).to_contain_text("The file is empty")
    await expect(visitor.page.locator(".row")).to_have_count(4)


@pytest.mark.parametrize("count", [4, *thorough([50])])
async def test_many_videos_are_dropped_at_once(visitor: Visitor, count: int) -> None:
    """The page stays usable meanwhile, and each one is converted once."""
    await visitor.come_signed_in()
    content = sample("one-second").read_bytes()
    await visitor.choose(
        *({"name": f"{number:02}.mp4", "mimeType": "video/mp4", "buffer": content} for number in range(count))
    )
    await visitor.page.get_by_role("link", name="Library").click()

    await expect(visitor.page.get_by_role("button", name="Download")).to_have_count(
        count, timeout=3 * PATIENCE
    )

    names = [record["source"]["name"] for record in visitor.records()]
    assert sorted(names) == [f"{number:02}.mp4" for number in range(count)]


async def test_of_a_video_of_two_gigabytes_only_the_sound_is_read_and_sent(
    visitor: Visitor, browser: Browser, tmp_path: Path
) -> None:
    """The page says so, and needs no more memory than before."""
    await visitor.come_signed_in()
    before = await memory_of(browser)
    await visitor.choose(large_video(tmp_path / "holiday.mp4"))

    await visitor.wait_until_ready("holiday")

    assert await memory_of(browser) - before < 100 * _MB
    (record,) = visitor.records()
    assert record["source"]["sent"] == "sound"
    assert record["source"]["size"] < sample("one-second").stat().st_size < LARGE
