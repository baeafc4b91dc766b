"""What the data folder has lost is told for good, and not for an outage."""

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import User
from tests.media.samples import sample

pytestmark = [pytest.mark.media, pytest.mark.network]


def lose(tracklift: StandaloneProcess, conversion: str) -> None:
    """Cut off the bytes of a conversion's MP3."""
    (content,) = tracklift.data.path.glob(f"media/*/{conversion}.audio.*@*-*")
    content.write_bytes(content.read_bytes()[:100])


def test_the_download_of_a_lost_mp3_is_not_to_be_tried_again(
    shared_tracklift: StandaloneProcess, regular: User
) -> None:
    conversion = regular.upload(sample("one-second"))
    assert regular.wait_for_end(conversion)["state"] == "completed"
    lose(shared_tracklift, conversion)

    answer = regular.http.get(f"/v1/conversions/{conversion}/audio")

    assert (answer.status_code, answer.json()["code"]) == (410, "media_lost")
