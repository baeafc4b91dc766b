"""Uploads by tus in one process: cut lines, kills in the middle of a part, and a client that we have not written."""

import io
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.end_to_end.accounts import new_user
from tests.end_to_end.foreign_clients import (
    CLIENTS,
    assert_that_a_cut_line_changes_nothing,
    make_file,
)
from tests.end_to_end.resumable_upload import ResumableUpload
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.boxes import box
from tests.media.samples import sample
from tests.selection import thorough

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]
SETTINGS = {
    # The issuer of tokens, which are to be good for the next process on another port as well.
    "TRACKLIFT_PUBLIC_URL": "http://tracklift.example",
}
_UNREAD = 512 * 1024
"""Bytes that may be between the network and the application."""
SIZE = 21_000_000
"""Bytes of a video that reaches the disk in many pieces, with several marks."""


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    with running(tmp_path_factory.mktemp("resumable"), SETTINGS) as process:
        yield process


@pytest.fixture(scope="module")
def user(process: StandaloneProcess) -> Iterator[User]:
    user = new_user(process.data, process.address, "ada@example.org")
    yield user
    user.http.close()


def a_video() -> bytes:
    """Make a video with noise behind it, so that no two places are alike."""
    video = sample("one-second").read_bytes()
    noise = random.Random(7).randbytes(SIZE - len(video) - 8)  # noqa: S311 (test data, no secret)
    return video + box(b"free", noise)


def kill_and_start(process: StandaloneProcess, user: User) -> None:
    process.kill()
    process.start()
    user.move_to(process.address)


@pytest.mark.parametrize("sent", [9_000_000, *thorough([1, 300_000, SIZE - 1])])
def test_a_kill_in_the_middle_of_a_part_loses_and_doubles_nothing(
    process: StandaloneProcess, user: User, sent: int
) -> None:
    upload = ResumableUpload(user, a_video(), filename=f"killed {sent}.mp4")
    with upload.open_part(0) as part:
        part.send(upload.video[:sent])
        if sent > 8 * 1024**2:
            wait_for(lambda: upload.offset() > 0, "some of it is certain")
        kill_and_start(process, user)

    assert upload.offset() <= sent
    upload.finish()

    upload.check()
    assert [record["id"] for record in user.records()].count(upload.id) == 1


@pytest.mark.parametrize("kills", [1, *thorough([2])])
def test_what_was_answered_is_there_after_each_kill(
    process: StandaloneProcess, user: User, kills: int
) -> None:
    upload = ResumableUpload(user, a_video(), filename="step by step.mp4")
    ends = sorted(random.Random(3).sample(range(1, SIZE), kills))  # noqa: S311 (test data, no secret)
    offset = 0
    for end in ends:
        assert upload.send(offset, end).status_code == 204
        kill_and_start(process, user)
        offset = upload.offset()
        assert offset == end
    upload.finish()

    upload.check()


def test_a_line_that_is_cut_leaves_what_came(process: StandaloneProcess, user: User) -> None:
    upload = ResumableUpload(user, a_video(), filename="cut.mp4")
    for sent in (1_000_000, 5_000_001):
        offset = upload.offset()
        with upload.open_part(offset) as part:
            part.send(upload.video[offset : offset + sent])
        # The server drops what it had not read yet of a connection that ends. It may not have begun to read at all when
        # the line is cut already, so that nothing holds the upload yet.
        least = offset + sent - _UNREAD
        wait_for(partial(upload.holds, least), "what came is stored")
        wait_for(upload.is_free, "the writer is gone")
        assert least <= upload.offset() <= offset + sent
    upload.finish()

    upload.check()


@pytest.mark.thorough
def test_a_client_that_is_not_ours_resumes(user: User) -> None:
    """Tuspy, with a new object each time, as after a restart of its program."""
    video = a_video()
    client = TusClient(
        f"{user.address}/v1/uploads", headers={"Authorization": user.http.headers["Authorization"]}
    )
    url = None
    for parts in (1, 2, 5):
        uploader = client.uploader(
            file_stream=io.BytesIO(video),
            url=url,
            chunk_size=1_500_000,
            metadata={"filename": "tuspy.mp4", "bitrate": "96"},
        )
        for _ in range(parts):
            uploader.upload_chunk()  # type: ignore[no-untyped-call]  # published so
        url = uploader.url
    client.uploader(file_stream=io.BytesIO(video), url=url, chunk_size=3_000_000).upload()

    record = user.wait_for_end(str(url).rpartition("/")[2])
    assert record["state"] == "completed"
    assert record["source"]["name"] == "tuspy.mp4"
    assert record["options"]["bitrate"] == 96
    assert record["source"]["size"] == len(video)


def test_a_client_that_is_not_ours_is_told_of_a_text(user: User) -> None:
    text = io.BytesIO(b"Dear diary, today I tried to convert you. " * 100)
    client = TusClient(
        f"{user.address}/v1/uploads", headers={"Authorization": user.http.headers["Authorization"]}
    )

    with pytest.raises(TusCommunicationError) as caught:
        client.uploader(file_stream=text, metadata={"filename": "talk.mp4"}).upload()

    assert caught.value.status_code == 415


@pytest.mark.parametrize("client", ["tus-js-client", *thorough(sorted(set(CLIENTS) - {"tus-js-client"}))])
def test_a_client_that_is_not_ours_goes_on_over_a_line_that_is_cut(
    process: StandaloneProcess, user: User, tmp_path: Path, client: str
) -> None:
    """At twenty places; the bytes are right, and memory stays flat."""
    sha256 = make_file(tmp_path / "video.mp4", sample("one-second"))
    assert_that_a_cut_line_changes_nothing(CLIENTS[client], user, tmp_path / "video.mp4", sha256, process.pid)
