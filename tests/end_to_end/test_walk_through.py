"""The README's walk-through does what it says, word for word."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.end_to_end.data_folder import text_of
from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.waiting import wait_for
from tests.end_to_end.walk_through import walk_through_the_readme
from tests.media.ffmpeg import decode

pytestmark = [pytest.mark.media, pytest.mark.network]


def mails_to(address: str, tracklift: StandaloneProcess) -> list[EmailMessage]:
    """Give the mails about conversions that somebody has got."""
    return [mail for mail in tracklift.data.mails_about_conversions() if mail["To"] == address]


def test_the_walk_through_of_the_readme_ends_with_an_mp3_and_a_mail(
    shared_tracklift: StandaloneProcess, tmp_path: Path
) -> None:
    """What a newcomer pastes into a shell works, and the mail says that the MP3 is ready."""
    walk_through_the_readme(shared_tracklift.address, tmp_path)

    assert decode(tmp_path / "talk.mp3").seconds == pytest.approx(30.0, abs=0.05)
    (mail,) = wait_for(lambda: mails_to("ada@example.org", shared_tracklift), "the mail comes")
    assert mail["Subject"] == "Your MP3 is ready"
    assert "talk.mp3" in text_of(mail)
