"""What the page says of files that a limit holds up for a while."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.files import MUCH_SOUND, video_with_much_sound
from tests.browser.held_line import HeldLine
from tests.browser.visitor import Visitor
from tests.end_to_end.standalone_process import running
from tests.media.samples import sample

pytestmark = [pytest.mark.network, pytest.mark.media, pytest.mark.thorough]


async def test_a_file_above_the_limit_of_an_hour_says_when_it_is_sent(
    browser: Browser, tmp_path: Path
) -> None:
    with running(tmp_path, {"TRACKLIFT_UPLOADS_PER_HOUR": "1"}) as process:
        async with Visitor.visiting(browser, process.address, process.data) as visitor:
            await visitor.come_signed_in()
            await visitor.choose(sample("one-second"))
            await visitor.wait_until_ready("one-second")
            await visitor.choose(sample("no-audio"))

            await expect(visitor.row("no-audio")).to_contain_text("The upload will resume by itself at ")


async def test_a_file_above_the_limit_of_conversions_waits_until_one_of_them_is_ready(
    browser: Browser, tmp_path: Path
) -> None:
    with running(tmp_path, {"TRACKLIFT_UNFINISHED_PER_USER": "1"}) as process:
        async with (
            HeldLine(process.address, after=1_000_000) as line,
            Visitor.visiting(browser, line.address, process.data) as visitor,
        ):
            await visitor.come_signed_in()
            await visitor.choose(video_with_much_sound())
            await line.wait_until_held()
            await visitor.choose(sample("one-second"))
            await expect(visitor.row("one-second")).to_contain_text(
                "Many of your videos are still being converted. "
                "The upload will resume by itself when some are ready."
            )

            line.release()

            await visitor.wait_until_ready(MUCH_SOUND)
            await visitor.wait_until_ready("one-second")
