"""One case of a sweep: a video as odd programs write it, and what a player ought to be given of its sound."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.media.reshaping import Box, Video
from tests.sweep.sounds import CODINGS, Sound, Source, source

Part = tuple[float | None, float]
"""Of an edit list: a second of the media, `None` for a pause, and a duration in seconds."""


@dataclass
class Case:
    """A video under way to being odd."""

    seed: int
    source: Source
    video: Video
    done: list[str] = field(default_factory=list)
    """What was done to it."""
    gaps: dict[int, float] = field(default_factory=dict)
    """Seconds of silence in front of packets, by their numbers."""
    parts: list[Part] = field(default_factory=list)
    """Of the edit list; none: all is played."""
    has_clock: bool = True
    """Whether the packets' durations tell when each begins."""
    has_last: bool = True
    """Whether the last packet's duration tells how much of it is sound."""

    @property
    def kinds(self) -> list[str]:
        """What kinds of things were done to it."""
        return [re.sub(r"[-\d.]+", "…", what) for what in self.done]

    @property
    def data(self) -> bytes:
        """The file."""
        return self.video.written()

    def expected(self) -> Sound:
        """Give the sound that a player ought to be given: ffmpeg's own, laid on the file's timeline."""
        media = self._media()
        rate, begins = self.source.rate, self.source.begins
        if not self.parts:
            return media
        played, end = np.zeros((0, media.shape[1]), np.float32), 0.0
        for number, (start, seconds) in enumerate(self.parts):
            end += seconds
            wanted = round(end * rate) - len(played)
            taken = media[:0]
            if start is not None:
                first = round(start * rate) - begins
                taken = media[max(0, first) : max(0, first + wanted)]
            if number == len(self.parts) - 1 and start is not None:
                wanted = len(taken)
            padded = np.zeros((wanted, media.shape[1]), np.float32)
            padded[: len(taken)] = taken
            played = np.concatenate([played, padded])
        return played

    def _media(self) -> Sound:
        """Give the media from its first sample on, with the gaps."""
        durations = self._original_durations
        rate = self.source.rate
        starts = np.cumsum([0, *durations]) / self.video.sound().timescale
        pieces, position = [], 0
        for packet, seconds in sorted(self.gaps.items()):
            at = round(starts[packet] * rate) - self.source.begins
            silence = np.zeros((round(seconds * rate), self.source.raw.shape[1]), np.float32)
            pieces += [self.source.raw[position:at], silence]
            position = at
        end = len(self.source.raw)
        if self.has_last:
            end = min(end, round(starts[-1] * rate) - self.source.begins)
        return np.concatenate([*pieces, self.source.raw[position:end]])

    @property
    def _original_durations(self) -> list[int]:
        return Video.read(self.source.data).sound().durations


def a_case(seed: int) -> Case:
    """Give the case of a seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    made = source(chance.choice(sorted(CODINGS)), pictures=chance.random() < 0.7)
    case = Case(seed, made, Video.read(made.data))
    _play_as_written(case)
    for change in chance.sample(_CHANGES, chance.choice([0, 1, 1, 2, 2, 3])):
        change(case, chance)
    return case


def _play_as_written(case: Case) -> None:
    """Note the edit list that ffmpeg wrote."""
    track = case.video.sound()
    payload = track.box.find(b"edts", b"elst").payload
    entry = 12 if payload[0] == 0 else 20
    for position in range(8, len(payload), entry):
        width = (entry - 4) // 2
        seconds = int.from_bytes(payload[position : position + width]) / case.video.timescale
        start = int.from_bytes(payload[position + width : position + 2 * width], signed=True)
        case.parts.append((start / track.timescale, seconds))


def _pause(case: Case, chance: random.Random) -> None:
    track = case.video.sound()
    durations = track.durations
    if (
        case.gaps or not case.has_clock or len(durations) > 1000
    ):  # Uncompressed sound has no packets to pause between.
        return
    packet = chance.randrange(len(durations) // 5, len(durations) * 4 // 5)
    units = round(chance.uniform(0.15, 3.0) * track.timescale)
    case.gaps[packet] = units / track.timescale
    track.change_durations(lambda number, delta: delta + units if number == packet - 1 else delta)
    if len(case.parts) == 1:
        start, seconds = case.parts[0]
        _edit(case, [(start, seconds + units / track.timescale)])
    case.done.append(f"a pause of {case.gaps[packet]:.3f} s before packet {packet}")


def _cut(case: Case, chance: random.Random) -> None:
    first = chance.uniform(0.1, 2.0)
    _edit(case, [(first, chance.uniform(0.5, 2.5))])
    case.done.append("an edit list that cuts out a part")


def _pause_by_edit(case: Case, chance: random.Random) -> None:
    first, second = chance.uniform(0.1, 1.0), chance.uniform(0.5, 2.0)
    _edit(
        case, [(first, second), (None, chance.uniform(0.2, 2.0)), (first + second, chance.uniform(0.5, 1.5))]
    )
    case.done.append("an edit list with a pause in it")


def _rearrange(case: Case, chance: random.Random) -> None:
    _edit(case, [(chance.uniform(0.1, 3.5), chance.uniform(0.2, 1.0)) for _ in range(chance.randint(2, 5))])
    case.done.append("an edit list of several parts in any order")


def _play_all(case: Case, _: random.Random) -> None:
    _edit(case, [])
    case.done.append("no edit list")


def _edit(case: Case, parts: list[Part]) -> None:
    track = case.video.sound()
    movie, media = case.video.timescale, track.timescale
    case.parts = [
        (None if start is None else round(start * media) / media, round(seconds * movie) / movie)
        for start, seconds in parts
    ]
    case.video.play(*case.parts)


def _declare_anything(case: Case, chance: random.Random) -> None:
    for declare in (case.video.declare, case.video.sound().declare):
        declare(chance.choice([0.0, 0.5, 4.9, 5.1, 60.0, 40_000.0]))
    case.done.append("headers that declare another duration")


def _last_forever(case: Case, chance: random.Random) -> None:
    seconds = chance.choice([1.0, 10.0, 12_345.0])
    track = case.video.sound()
    track.durations = [*track.durations[:-1], round(seconds * track.timescale)]
    case.has_last = False
    case.done.append(f"a last packet of {seconds} s")


def _last_nothing(case: Case, _: random.Random) -> None:
    track = case.video.sound()
    track.durations = [*track.durations[:-1], 0]
    case.has_last = False
    case.done.append("a last packet of no duration")


def _impossible(case: Case, chance: random.Random) -> None:
    track = case.video.sound()
    packet = chance.randrange(len(track.durations) - 1)
    if case.gaps or len(track.durations) > 1000:
        return
    value = chance.choice([0, -1, -1024, -(2**31)])
    track.change_durations(lambda number, delta: value if number == packet else delta)
    case.has_clock = case.has_last = False
    case.done.append(f"packet {packet} lasts {value}")


def _no_durations(case: Case, _: random.Random) -> None:
    if case.gaps or len(case.video.sound().durations) > 1000:
        return
    if case.source.coding == "vorbis":  # Nothing would tell that its first packet has no sound.
        return
    case.video.sound().change_durations(lambda _number, _delta: 0)
    case.has_clock = case.has_last = False
    case.done.append("packets of no duration")


def _extends(case: Case, _: random.Random) -> None:
    case.video.movie.children.append(
        Box(b"mvex", b"", [Box(b"trex", bytes(3) + b"\0" + (2).to_bytes(4) + bytes(16))])
    )
    case.done.append("an mvex that was left behind")


def _junk(case: Case, chance: random.Random) -> None:
    junk = chance.choice([b"made by a camera", bytes(100), b"\0\0\0\x10junkjunk", b"TAG" + bytes(125)])
    case.video.parts.append(Box(b"free", junk))
    case.done.append("junk behind it")


def _empty_track_first(case: Case, _: random.Random) -> None:
    copy = Video.read(case.source.data).sound().box
    copy.remove(b"edts")
    table = copy.find(b"mdia", b"minf", b"stbl")
    for child in table.children:
        if child.kind in {b"stts", b"stsc", b"stco"}:
            child.payload = bytes(8)
        elif child.kind == b"stsz":
            child.payload = bytes(12)
    table.remove(b"sgpd")
    table.remove(b"sbgp")
    header = copy.find(b"tkhd")
    header.payload = header.payload[:12] + (77).to_bytes(4) + header.payload[16:]
    case.video.movie.children.insert(1, copy)
    case.done.append("an audio track without samples in front")


_CHANGES: list[Callable[[Case, random.Random], None]] = [
    _pause,
    _cut,
    _pause_by_edit,
    _rearrange,
    _play_all,
    _declare_anything,
    _last_forever,
    _last_nothing,
    _impossible,
    _no_durations,
    _extends,
    _junk,
]
