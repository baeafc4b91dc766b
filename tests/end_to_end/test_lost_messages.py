"""In one process too, what was about lost messages is found again from the records."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]

SETTINGS = {
    # The issuer of tokens, which are to be good for the next process on another port as well.
    "TRACKLIFT_PUBLIC_URL": "http://tracklift.example",
    "TRACKLIFT_CONVERTERS": "1",
    "TRACKLIFT_LEASE": "2s",
    "TRACKLIFT_STALLED_AFTER": "2s",
    "TRACKLIFT_HOUSEKEEPING_EVERY": "1s",
}


@pytest.fixture
def process(tmp_path: Path) -> Iterator[StandaloneProcess]:
    with running(tmp_path, SETTINGS) as process:
        yield process


def test_a_queue_that_is_emptied_costs_no_video_and_no_mail(process: StandaloneProcess) -> None:
    """Requests, outcomes and confirmations are gone, whichever there were just then."""
    ada = new_user(process.data, process.address, "ada@example.org")
    conversions = [ada.upload(sample("one-second")) for _ in range(3)]
    wait_for(lambda: ada.record(conversions[0])["state"] == "completed", "the first one is done")
    process.kill()
    with closing(sqlite3.connect(process.data.path / "queue.sqlite3")) as queue, queue:
        queue.execute("DELETE FROM messages")
    process.start()
    ada.move_to(process.address)

    for conversion in conversions:
        assert ada.wait_for_end(conversion)["state"] == "completed"

    def all_confirmed() -> bool:
        return all(process.data.conversion(one)["unconfirmed_since"] is None for one in conversions)

    wait_for(all_confirmed, "every outcome is confirmed")
    process.data.settled_contents()
    assert [len(process.data.mails_about(one)) for one in conversions] == [1] * len(conversions)
    ada.http.close()
