"""The way from signing up to the MP3 in Firefox, whose engine is another one."""

from pathlib import Path

import pytest

from tests.browser.firefox import running_firefox
from tests.browser.visitor import PASSWORD
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample

pytestmark = [pytest.mark.network, pytest.mark.media, pytest.mark.thorough]
EMAIL = "fox@example.org"


def test_firefox_sends_the_sound_of_a_video_and_downloads_the_mp3(
    tracklift: StandaloneProcess, tmp_path: Path
) -> None:
    """It follows the conversion by itself, and its MP3 is the server's."""
    video = sample("one-second")
    with running_firefox(tmp_path) as firefox:
        firefox.open(tracklift.address)
        firefox.type_into("input[name=email]", EMAIL)
        firefox.type_into("input[type=password]", PASSWORD + "\ue007")  # The key Enter.
        firefox.type_into("#videos", str(video))
        firefox.click(".row .play")
        wait_for(lambda: "0:01" in firefox.text(), "it is played")
        firefox.evaluate("[...document.querySelectorAll('.row .actions .button')][0].click()")
        target = firefox.downloads / video.with_suffix(".mp3").name
        wait_for(lambda: target.exists() and target.stat().st_size, "it is downloaded")

    user = User(tracklift.address, EMAIL).log_in()
    (record,) = user.records()
    audio = user.http.get(record["audio"]["url"]).content
    user.http.close()
    assert record["source"]["sent"] == "sound"
    assert target.read_bytes() == audio
