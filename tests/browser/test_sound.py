"""Waveforms, names and downloads of MP3s in the pages."""

import zipfile
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.browser.visitor import Visitor
from tests.media.samples import sample

pytestmark = [pytest.mark.network, pytest.mark.media]

MIDDLE = """canvas => {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, height / 2, width, 1).data;
  for (let index = 0; index < pixels.length; index += 4)
    if (pixels[index + 3] === 255) return [...pixels.slice(index, index + 3)].join();
  return "";
}"""
"""Gives the colour of the bars of a waveform: of the first full pixel in its middle."""


def position(visitor: Visitor) -> Locator:
    """Give the slider of the page itself, which is above that of the player."""
    return visitor.page.get_by_role("slider", name="Position").first


async def test_the_waveform_of_an_mp3_is_where_it_is_listened_to(visitor: Visitor) -> None:
    """The slider stays one: keys move it, and a click goes to a place."""
    await visitor.come_to_conversion("three-minutes")
    page = visitor.page
    upper = page.locator("main .waveform .above")
    lower = page.locator("main .waveform canvas").first
    await expect(upper).to_be_visible()

    slider = position(visitor)
    await slider.focus()
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(slider).to_have_attribute("aria-valuetext", "0:15 of 3:00")
    await page.keyboard.press("ArrowLeft")
    await expect(slider).to_have_attribute("aria-valuetext", "0:10 of 3:00")
    await page.keyboard.press("End")
    await expect(slider).to_have_attribute("aria-valuetext", "3:00 of 3:00")
    box = await slider.bounding_box()
    assert box is not None
    await slider.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    await expect(slider).to_have_attribute("aria-valuetext", "1:30 of 3:00")
    await expect(page.locator(".player .waveform")).to_be_visible()
    played, unplayed = await upper.evaluate(MIDDLE), await lower.evaluate(MIDDLE)
    assert played
    assert unplayed not in {"", played}


async def test_the_waveform_follows_the_theme(visitor: Visitor) -> None:
    await visitor.come_to_conversion("one-second")
    upper = visitor.page.locator("main .waveform .above")
    light = await upper.evaluate(MIDDLE)

    await visitor.page.emulate_media(color_scheme="dark")

    await visitor.page.wait_for_function(
        f"light => ({MIDDLE})(document.querySelector('main .waveform .above')) !== light", arg=light
    )


async def test_an_mp3_without_peaks_has_a_plain_bar(visitor: Visitor) -> None:
    """One that was taken out of the video as it is."""
    async with visitor.page.expect_response("**/peaks") as asked:
        await visitor.come_to_conversion("mp3-audio")

    assert (await asked.value).status == 404
    await expect(position(visitor)).to_be_visible()
    await expect(visitor.page.locator(".waveform")).to_have_count(0)
    await position(visitor).focus()
    await visitor.page.keyboard.press("End")
    await expect(position(visitor)).to_have_attribute("aria-valuetext", "0:04 of 0:04")


async def test_a_conversion_is_renamed_in_its_row(visitor: Visitor) -> None:
    """With the keyboard alone; a name that can't be used is refused in words, and what was typed stays."""
    page = visitor.page
    await visitor.be_signed_in()
    await visitor.have_converted("one-second")
    await visitor.open()
    row = await visitor.wait_until_ready("one-second")
    await page.set_viewport_size({"width": 320, "height": 640})
    rename = row.get_by_role("button", name="Rename")
    await rename.focus()
    await page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Name")
    await expect(field).to_be_focused()
    assert await visitor.overflow() <= 0
    assert await visitor.accessibility_problems() == []
    await page.keyboard.press("Escape")
    await expect(rename).to_be_focused()

    await page.keyboard.press("Enter")
    await page.keyboard.type("half/half")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="can't be used")).to_be_visible()
    await expect(field).to_have_value("half/half")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("A talk")
    await page.keyboard.press("Enter")

    await expect(visitor.row("A talk")).to_be_visible()
    await expect(visitor.row("A talk").get_by_role("button", name="Rename")).to_be_focused()
    assert [record["source"]["name"] for record in visitor.records()] == ["A talk.mp4"]


async def test_a_conversion_is_renamed_where_its_name_stands(visitor: Visitor) -> None:
    """By keys alone; the download has the new name, and so has another tab at once."""
    await visitor.come_to_conversion("one-second")
    page = visitor.page
    other = await visitor.context.new_page()
    await other.goto(f"{visitor.address}/library")
    await expect(other.locator(".row", has_text="one-second")).to_be_visible()

    rename = page.get_by_role("button", name="Rename")
    await rename.focus()
    await page.keyboard.press("Enter")
    field = page.get_by_role("textbox", name="Name")
    await expect(field).to_be_focused()
    await expect(field).to_have_value(sample("one-second").stem)
    await page.keyboard.type("Vortrag 1.2 🎤")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Vortrag 1.2 🎤.mp4")).to_be_visible()
    await expect(rename).to_be_focused()
    await expect(other.locator(".row", has_text="Vortrag 1.2 🎤.mp4")).to_be_visible()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download MP3").click()
    assert (await downloading.value).suggested_filename == "Vortrag 1.2 🎤.mp3"


@pytest.mark.thorough
async def test_a_name_that_will_not_do_is_told_and_can_be_changed(visitor: Visitor) -> None:
    """Or left as it was."""
    await visitor.come_to_conversion("one-second")
    page = visitor.page
    await page.get_by_role("button", name="Rename").click()
    field = page.get_by_role("textbox", name="Name")
    await field.fill(" ")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("Enter a name.")
    await field.fill("AC/DC")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("alert")).to_contain_text("Leave out / and \\")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("AC/DC")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name=sample("one-second").name)).to_be_visible()
    await expect(page.get_by_role("button", name="Rename")).to_be_focused()


async def test_several_mp3s_are_downloaded_in_one_archive(visitor: Visitor, tmp_path: Path) -> None:
    """Those that have none can't be selected."""
    await visitor.be_signed_in()
    for name in ("one-second", "index-at-end", "no-audio"):
        await visitor.have_converted(name)
    await visitor.open("/library")
    page = visitor.page
    await page.get_by_role("button", name="Select").click()
    await expect(page.get_by_text("Nothing selected yet")).to_be_visible()
    await expect(page.get_by_role("checkbox", name="Select no-audio")).to_be_disabled()
    await page.get_by_role("checkbox", name="Select one-second").check()
    await page.get_by_role("checkbox", name="All").check()
    await expect(page.get_by_role("status").filter(has_text="2 selected")).to_be_visible()
    assert await visitor.accessibility_problems() == []

    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download").click()

    download = await downloading.value
    assert download.suggested_filename.startswith("Tracklift 20")
    await download.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(
            f"{sample(name).stem}.mp3" for name in ("one-second", "index-at-end")
        )

    await page.get_by_role("checkbox", name="Select index-at-end").uncheck()
    async with page.expect_download() as downloading:
        await page.get_by_role("button", name="Download").click()
    assert (await downloading.value).suggested_filename == f"{sample('one-second').stem}.mp3"
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_role("button", name="Select")).to_be_focused()


async def test_a_part_is_cut_out_by_two_handles_and_converted_again(visitor: Visitor) -> None:
    """Handles go by keys and by the mouse, never pass each other, and agree with the times beside."""
    await visitor.come_to_conversion("index-at-end")
    page = visitor.page
    await page.get_by_role("button", name="Cut").click()
    start, end = page.get_by_role("slider", name="Start"), page.get_by_role("slider", name="End")
    start_time, end_time = page.get_by_role("textbox", name="Start"), page.get_by_role("textbox", name="End")
    convert = page.get_by_role("button", name="Convert again with this cut")
    await expect(start).to_be_focused()
    await expect(convert).to_have_attribute("aria-disabled", "true")

    await page.keyboard.press("End")
    await expect(start).to_have_attribute("aria-valuetext", "0:03.9")
    await page.keyboard.press("Home")
    for _ in range(3):
        await page.keyboard.press("ArrowRight")
    await expect(start_time).to_have_value("0:00.3")
    box = await end.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] - 12, box["y"] + 20)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20, steps=3)
    await page.mouse.up()
    await expect(end_time).to_have_value("0:02.0")
    await start_time.fill("0:01")
    await end_time.fill("2,5")
    await end_time.press("Tab")
    await expect(start).to_have_attribute("aria-valuetext", "0:01.0")
    await expect(end).to_have_attribute("aria-valuetext", "0:02.5")
    assert await visitor.accessibility_problems() == []
    before = page.url
    await convert.click()

    await page.wait_for_url(lambda url: "/conversions/" in url and url != before)
    await expect(position(visitor)).to_have_attribute("aria-valuetext", "0:00 of 0:01")
    await page.get_by_role("button", name="Cut").click()
    await page.get_by_role("textbox", name="Start").fill("0.25")
    await page.get_by_role("textbox", name="Start").press("Tab")
    second = page.url
    await page.get_by_role("button", name="Convert again with this cut").click()
    await page.wait_for_url(lambda url: "/conversions/" in url and url != second)
    await expect(page.get_by_role("button", name="Download MP3")).to_be_visible()

    parts = [
        (each["options"]["start"], each["options"]["end"], each["audio"]["duration"])
        for each in visitor.records()
    ]
    assert sorted(part[:2] for part in parts if part[1]) == [(1.0, 2.5), (1.3, 2.5)]
    assert sorted(round(part[2], 2) for part in parts)[:2] == [1.2, 1.5]


async def test_times_that_make_no_part_are_told(visitor: Visitor) -> None:
    """And nothing is converted with them, whatever else is changed; Escape ends it, with the focus where it was."""
    await visitor.come_to_conversion("one-second")
    page = visitor.page
    await page.get_by_role("button", name="Cut").click()
    field, end = page.get_by_role("textbox", name="Start"), page.get_by_role("textbox", name="End")
    for text in ("5", "-1", "soon"):
        await field.fill(text)
        await field.press("Tab")
        await expect(page.get_by_role("alert")).to_contain_text("Enter times such as 1:02.5")
        await expect(field).to_have_attribute("aria-invalid", "true")
    await end.fill("0.5")
    await end.press("Tab")
    await expect(page.get_by_role("slider", name="End")).to_have_attribute("aria-valuetext", "0:00.5")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_role("button", name="Convert again")).to_have_attribute("aria-disabled", "true")
    await field.fill("0.7")
    await field.press("Tab")
    await expect(field).to_have_attribute("aria-invalid", "true")
    await end.fill("0.9")
    await end.press("Tab")
    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.get_by_role("slider", name="Start")).to_have_attribute("aria-valuetext", "0:00.7")

    await page.keyboard.press("Escape")

    await expect(position(visitor)).to_be_visible()
    await expect(page.get_by_role("button", name="Cut")).to_be_focused()


async def test_where_the_video_is_gone_it_is_told_what_to_do(visitor: Visitor) -> None:
    await visitor.come_to_conversion("one-second")
    page = visitor.page
    gone = {
        "type": "urn:tracklift:problem:source-gone",
        "title": "Gone",
        "status": 410,
        "code": "source_gone",
    }
    await page.route("**/again", lambda route: route.fulfill(status=410, json=gone))
    await page.get_by_role("button", name="Cut").click()
    await page.get_by_role("textbox", name="Start").fill("0.5")
    await page.get_by_role("textbox", name="Start").press("Tab")
    await page.get_by_role("button", name="Convert again").click()

    await expect(page.get_by_text("The video is no longer stored here. Upload it again")).to_be_visible()
    await page.get_by_role("link", name="Add videos").click()
    await expect(page.locator("#videos")).to_be_attached()
