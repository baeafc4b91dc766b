"""Whenever the process is killed, everything accepted is converted once and announced once, and nothing else is left.

Each test kills with SIGKILL while some videos are in flight, starts again on the same data folder, and looks at all
that was ever accepted there.
"""

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.accounts import new_user
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
    "TRACKLIFT_CONVERTERS": "2",
    "TRACKLIFT_LEASE": "2s",
    "TRACKLIFT_RETRY_DELAY": "1s",
    "TRACKLIFT_KEEP_SOURCE": "0",
    "TRACKLIFT_IDLE_UPLOAD": "2s",
    "TRACKLIFT_HOUSEKEEPING_EVERY": "2s",
}
_PADDING = 6_000_000
"""Bytes behind a video, so that it reaches the disk in several pieces."""
QUICKLY = 0.001
"""Seconds between two looks for a moment that is soon over."""


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Have one data folder for all tests here."""
    with running(tmp_path_factory.mktemp("killed"), SETTINGS) as process:
        yield process


@pytest.fixture(scope="module")
def ada(process: StandaloneProcess) -> Iterator[User]:
    """Give somebody with an account, who has no mail yet."""
    user = new_user(process.data, process.address, "ada@example.org")
    yield user
    user.http.close()


class Scene:
    """A process with videos in flight."""

    def __init__(self, process: StandaloneProcess, user: User, case: str) -> None:
        self.process = process
        self.user = user
        self.data = process.data
        self.accepted: list[str] = []
        self.unanswered: list[tuple[Path, str]] = []
        """Videos whose upload was not answered, with their idempotency keys."""
        self._case = case
        self._at_the_end = ExitStack()

    def send(self, *videos: str, **options: str) -> str:
        """Upload videos and give the id of the first."""
        ids = [
            self.user.upload(sample(video), name=f"{self._case} {number}.mp4", **options)
            for number, video in enumerate(videos, len(self.accepted))
        ]
        self.accepted += ids
        return ids[0]

    def send_in_part(self, part: float) -> None:
        """Begin an upload that the process will not live to answer, of a video that is more than a moment's work."""
        path, key = self.data.path.with_name(f"{self._case}.mp4"), f"{self._case} key"
        content = sample("index-at-end").read_bytes() + box(b"free", bytes(_PADDING))
        path.write_bytes(content)
        self.unanswered.append((path, key))
        upload = self.user.open_upload(
            {"Content-Length": str(len(content)), "Idempotency-Key": key},
            path=f"/v1/conversions?name={path.name}",
        )
        self._at_the_end.callback(upload.close)
        upload.send(content[: round(len(content) * part)])

    def kill_and_start(self) -> None:
        """Kill the process and start another one in its place."""
        self.process.kill()
        self._at_the_end.close()
        self.process.start()
        self.user.move_to(self.process.address)

    def send_again(self) -> None:
        """Do what a careful client does: send what was not answered again, until it is."""
        for path, key in self.unanswered:
            self.accepted.append(wait_for(partial(self._accepted_now, path, key), "it is accepted"))

    def _accepted_now(self, path: Path, key: str) -> str | None:
        answer = self.user.send(path, key=key)
        if answer.status_code == 409:
            assert answer.json()["code"] == "upload_in_progress"
            return None
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def check(self) -> None:
        """Wait until everything is done, and see that it was done once."""
        wait_for(self._all_have_ended, "every conversion ends")
        contents = self.data.settled_contents()
        conversions = self.data.rows("conversions")
        ids = {row["id"] for row in conversions}

        assert ids >= set(self.accepted)
        assert len(set(self.accepted)) == len(self.accepted)
        assert {row["state"] for row in conversions} == {"completed"}
        assert self.data.media() == sorted(row["audio_media_id"] for row in conversions)
        # A record and the bytes of each.
        assert len(contents.media) == 2 * len(conversions)
        assert [len(self.data.mails_about(each)) for each in ids] == [1] * len(ids)
        assert len(self.data.mail_files()) == len(ids)
        assert all(row["sent_at"] for row in self.data.rows("delivery_log"))
        assert contents.dead_letters == 0

    def _all_have_ended(self) -> bool:
        return {row["state"] for row in self.data.rows("conversions")} <= {"completed", "failed", "cancelled"}


def half_an_upload(scene: Scene) -> None:
    """A part of the video is on the disk, and the answer for another one has just come."""
    scene.send_in_part(0.5)
    wait_for(scene.data.half_uploads, "a part of it is on the disk", every=QUICKLY)
    scene.send("one-second")


def whole_upload_without_an_answer(scene: Scene) -> None:
    """The last byte was sent a moment ago."""
    scene.send("one-second")
    scene.send_in_part(1)


def video_stored(scene: Scene) -> None:
    """The video is stored whole, and its conversion perhaps not yet queued."""
    before = set(scene.data.media())
    scene.send_in_part(1)
    wait_for(lambda: set(scene.data.media()) - before, "it is stored", every=QUICKLY)


def just_accepted(scene: Scene) -> None:
    """The answer has come."""
    scene.send("one-second", "index-at-end")


def converting(scene: Scene) -> None:
    """A worker has claimed it."""
    scene.user.wait_for_state(scene.send("index-at-end", "one-second"), "converting")


def progress(scene: Scene) -> None:
    """The extraction is under way."""
    scene.user.wait_for_progress(scene.send("three-minutes", "one-second", sample_rate="48000"))


def storing_the_mp3(scene: Scene) -> None:
    """The MP3 is made, and perhaps not yet stored whole."""
    first = scene.send("index-at-end", "one-second")
    wait_for(
        lambda: any(name.startswith(f"{first}.audio.") for name in scene.data.media_files()),
        "the MP3 is being stored",
        every=QUICKLY,
    )


def outcome_recorded(scene: Scene) -> None:
    """The outcome was recorded a moment ago, and the video perhaps not yet deleted."""
    first = scene.send("index-at-end", "one-second")
    wait_for(lambda: scene.data.conversion(first)["state"] == "completed", "its outcome is recorded", every=0)


def completed(scene: Scene) -> None:
    """The conversion is shown as done, while the mail may not have been sent yet."""
    scene.user.wait_for_state(scene.send("one-second", "index-at-end"), "completed")


def completed_without_a_mail(scene: Scene) -> None:
    """The outcome is recorded, and the mail can't be sent, as a file is in the mailbox's place."""
    mailbox, away = scene.data.path / "mailbox", scene.data.path / "mailbox-away"
    tried = scene.process.log.read_text().count("is redelivered")
    mailbox.mkdir(exist_ok=True)
    mailbox.rename(away)
    mailbox.touch()
    scene.user.wait_for_state(scene.send("one-second"), "completed")
    wait_for(
        lambda: scene.process.log.read_text().count("is redelivered") > tried,
        "the mail was tried",
        every=QUICKLY,
    )
    scene.process.kill()
    mailbox.unlink()
    away.rename(mailbox)
    scene.process.start()
    scene.user.move_to(scene.process.address)


def sending_the_mail(scene: Scene) -> None:
    """The mail is claimed in the log, and perhaps not yet written."""
    before = len(scene.data.mail_files())

    def is_at_it() -> bool:
        claimed = any(row["sent_at"] is None for row in scene.data.rows("delivery_log"))
        return claimed or len(scene.data.mail_files()) > before

    scene.send("one-second")
    wait_for(is_at_it, "the mail is being sent", every=QUICKLY)


def mail_written(scene: Scene) -> None:
    """The mail is in the mailbox, and perhaps not yet noted."""
    mailbox = scene.data.path / "mailbox"
    mailbox.mkdir(exist_ok=True)
    before = len(list(mailbox.glob("*.eml")))
    scene.send("one-second")
    wait_for(lambda: len(list(mailbox.glob("*.eml"))) > before, "the mail is there", every=0)


def starting_again(scene: Scene) -> None:
    """It was killed before, and is clearing away what that left."""
    scene.user.wait_for_progress(scene.send("three-minutes", sample_rate="48000"))
    scene.process.kill()
    scene.process.launch()
    holder = scene.data.path / ".lock"
    wait_for(
        lambda: holder.read_text().strip() == str(scene.process.pid), "it holds the folder", every=QUICKLY
    )


def at_any_time(seed: int) -> Callable[[Scene], None]:
    """Make a moment that only chance, and so the seed, has chosen."""

    def moment(scene: Scene) -> None:
        scene.send("one-second", "index-at-end", "mono")
        # The one guess of how long something takes, and a wrong one is as good.
        threading.Event().wait(random.Random(seed).uniform(0, 2.5))  # noqa: S311  # no secret

    moment.__name__ = f"at_any_time_{seed}"
    return moment


MOMENTS = [half_an_upload, storing_the_mp3, sending_the_mail, starting_again]
"""One for each thing that a start has to go on with: uploads, requests, extractions, MP3s and mails."""
CLOSE_TO_ANOTHER = [
    # Before or after one of these, or a part of one: to be starting again, it was killed while it converted.
    whole_upload_without_an_answer,
    video_stored,
    just_accepted,
    converting,
    progress,
    outcome_recorded,
    completed,
    completed_without_a_mail,
    mail_written,
    *map(at_any_time, (1, 2, 3)),
]


@pytest.mark.parametrize(
    "moment",
    [*MOMENTS, *thorough(CLOSE_TO_ANOTHER)],
    ids=lambda moment: moment.__name__.replace("_", "-"),
)
def test_what_was_accepted_is_done_once(
    process: StandaloneProcess, ada: User, moment: Callable[[Scene], None]
) -> None:
    """One MP3 and one mail each; no half upload, event, temporary folder or process is left."""
    scene = Scene(process, ada, moment.__name__)
    moment(scene)

    scene.kill_and_start()

    scene.send_again()
    scene.check()
    assert len(process.workers()) <= 1


@pytest.mark.parametrize(
    ("program", "video"),
    [
        ("tracklift_adapters.extraction_process.fork_server", "quiet"),
        # A second program of the same extraction, for which its worker fails.
        pytest.param("ffmpeg", "peaky", marks=pytest.mark.thorough),
    ],
)
def test_an_extraction_whose_program_is_killed_alone_is_done_again(
    process: StandaloneProcess, ada: User, program: str, video: str
) -> None:
    """As the kernel does to the largest process when memory runs out; the user need not know."""
    scene = Scene(process, ada, program)
    conversion_id = scene.send(video, normalize="true")
    pid = wait_for(lambda: _process_of(scene, program), "it is there", every=QUICKLY)

    os.kill(pid, signal.SIGKILL)

    scene.check()
    assert scene.user.record(conversion_id)["attempt"] == 2


def _process_of(scene: Scene, program: str) -> int | None:
    for pid in scene.data.processes():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            works = Path(f"/proc/{pid}/cwd").readlink().name.startswith("tracklift-job-")
        except OSError:
            continue  # Gone meanwhile.
        # What workers are forked from may be killed without harm. So may an ffmpeg that merely looks what kind of
        # file it has; those that count have samples to read or to write. The worker has a name of ffmpeg in its
        # environment only, so this is the program itself.
        is_named = program in command.partition("\0-i\0")[0]
        if is_named and works and (program != "ffmpeg" or "\0-acodec\0" in command):
            return pid
    return None
