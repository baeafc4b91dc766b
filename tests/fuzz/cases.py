"""One case: a damaged video, inspected and converted in a process of its own, as a converter does it.

The process is forked from one that has imported everything, because a start takes longer than a case. Limits are a
converter's, but for less processor time and shorter audio.
"""

import asyncio
import os
import random
import resource
import select
import shutil
import signal
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fuzz.mutations import mutated
from tests.media.mp3 import read_mp3
from tests.media.readers import BytesVideo
from tests.media.samples import sample
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.damage import check_damage
from tracklift_domain.extraction.errors import ExtractionError, NotCoveredError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction

_VIDEOS = (
    *(
        "one-second",
        "index-at-front",
        "index-at-end",
        "fragmented",
        "fragmented-with-edits",
        "cut",
        "moved",
        "mono",
    ),
    *("surround", "mp3-audio", "opus", "ac-3", "lossless", "quicktime", "22-khz", "late-audio", "two-tracks"),
)
_OPTIONS: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"quality": 4},
    {"start": 0.2, "end": 0.9},
    {"normalize": True},
    {"sample_rate": 22050, "channels": 1},
)
_LONGEST = 60.0
"""Seconds of audio."""
_MEMORY = 2**30
_PROCESSOR_SECONDS = 10
_HANGS_AFTER = 60
"""Seconds, on a machine that has other things to do."""
_MADE, _REFUSED, _LEFT_TO_ANOTHER, _BROKEN = 0, 10, 11, 12


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case."""

    kind: str
    """`made`, `refused` with a named failure, `left to another engine`; or what must not be: `crashed`, `hung`,
    `broken`."""
    detail: str = ""

    @property
    def is_fine(self) -> bool:
        return self.kind in {"made", "refused", "left to another engine"}


def damaged_video(seed: int) -> bytes:
    """Give the video of a case."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    return mutated(sample(chance.choice(_VIDEOS)).read_bytes(), chance)


def run_case(seed: int) -> Outcome:
    """Convert the damaged video of this seed."""
    folder = Path(tempfile.mkdtemp(prefix="tracklift-fuzz-"))
    told = folder / "told.txt"
    process = os.fork()
    if process == 0:
        os._exit(_in_child(seed, folder, told))
    try:
        return _outcome(process, told)
    finally:
        shutil.rmtree(folder)


def _outcome(process: int, told: Path) -> Outcome:
    descriptor = os.pidfd_open(process)
    try:
        if not _has_ended(descriptor):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return Outcome("hung")
    finally:
        os.close(descriptor)
    _, status = os.waitpid(process, 0)
    text = told.read_text() if told.exists() else ""
    if os.WIFSIGNALED(status):
        signalled = signal.Signals(os.WTERMSIG(status))
        # The limit of processor time is one of the named ends.
        if signalled is signal.SIGXCPU:
            return Outcome("refused", "used up its processor time")
        return Outcome("crashed", f"{signalled.name} {text}")
    names = {_MADE: "made", _REFUSED: "refused", _LEFT_TO_ANOTHER: "left to another engine"}
    return Outcome(names.get(os.WEXITSTATUS(status), "broken"), text)


def _has_ended(descriptor: int) -> bool:

    ready, _, _ = select.select([descriptor], [], [], _HANGS_AFTER)
    return bool(ready)


def _in_child(seed: int, folder: Path, told: Path) -> int:
    try:
        sys.stderr = (folder / "errors.txt").open("w")
        os.dup2(sys.stderr.fileno(), 2)
        video = damaged_video(seed)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        _convert(video, seed, folder)
    except ExtractionError as error:
        told.write_text(str(error.failure.code))
        return _REFUSED
    except NotCoveredError as error:
        told.write_text(str(error))
        return _LEFT_TO_ANOTHER
    except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
        told.write_text(traceback.format_exc())
        return _BROKEN
    return _MADE


def _convert(content: bytes, seed: int, folder: Path) -> None:
    video = BytesVideo(content)
    options = AudioOptions(**random.Random(seed + 1).choice(_OPTIONS))  # noqa: S311 - no secret
    traits = asyncio.run(Mp4Inspector().inspect(video))
    plan = plan_extraction(traits, options, longest=_LONGEST)
    audio = LameAudioEngine(2).extract(video, plan, folder, lambda _: None)
    check_damage(audio.damage, audio.duration)
    made = audio.path.read_bytes()
    if len(made) != audio.size:
        raise AssertionError(f"{audio.size} bytes announced, {len(made)} made")
    mp3 = read_mp3(made)
    if mp3.announced_frames != len(mp3.frames):
        raise AssertionError(f"{mp3.announced_frames} frames announced, {len(mp3.frames)} made")
