"""One case of a sweep: a video as odd programs write it, and what a player ought to be given of its sound."""

import re
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from tests.media.reshaping import Track, Video
from tests.sweep.sounds import Sound, Source

Part = tuple[float | None, float]
"""Of an edit list: a second of the media, `None` for a pause, and a duration in seconds."""
_FOREVER = 10_000.0
"""Seconds."""
_MOST_PACKETS = 1000
"""Uncompressed sound has more, as each sample is one, and so no packets to pause between."""


@dataclass
class Case:
    """A video under way to being odd."""

    source: Source
    video: Video = field(init=False)
    done: list[str] = field(default_factory=list)
    """What was done to it."""
    gaps: dict[float, float] = field(default_factory=dict)
    """Seconds of silence in front of seconds of the media as it was before; negative: so much is cut off there."""
    parts: list[Part] = field(default_factory=list)
    """Of the edit list; none: all is played."""
    has_clock: bool = True
    """Whether the packets' durations tell when each begins."""
    has_last: bool = True
    """Whether the last packet's duration tells how much of it is sound."""

    def __post_init__(self) -> None:
        self.video = Video.read(self.source.data)
        self._note_edits()

    @property
    def kinds(self) -> list[str]:
        """What kinds of things were done to it."""
        return [re.sub(r"[-\d.]+", "…", what) for what in self.done]

    @property
    def sound(self) -> Track:
        """The track that is to be heard."""
        return self.video.sound_with(self.source.track_id)

    @property
    def has_packets(self) -> bool:
        """Whether its sample table names packets, of which each has its duration."""
        return 0 < len(self.sound.durations) < _MOST_PACKETS

    @property
    def data(self) -> bytes:
        """The file."""
        return self.video.written()

    @cached_property
    def _durations(self) -> list[int]:
        return self.source.durations

    def starts(self) -> list[float]:
        """Give the second of the media at which each packet began in the source, and at which the last one ended."""
        return [float(start) for start in np.cumsum([0, *self._durations]) / self.source.timescale]

    def pause(self, packet: int, seconds: float) -> None:
        """Let the packet before this one last longer; the pictures, and so the whole video, too."""
        track = self.sound
        units = round(seconds * track.timescale)
        self.gaps[self.starts()[packet]] = units / track.timescale
        track.change_durations(lambda number, delta: delta + units if number == packet - 1 else delta)
        if len(self.parts) == 1 and self.parts[0][0] is not None:
            start, played = self.parts[0]
            self.play([(start, played + units / track.timescale)])
        self.done.append(f"a pause of {units / track.timescale:.3f} s before packet {packet}")

    def join(self, packet: int, seconds: float) -> None:
        """Let the packet before this one last less than its sound, as where another recording was joined to it."""
        self.pause(packet, -seconds)
        self.done[-1] = f"a joint that cuts {seconds:.3f} s off before packet {packet}"

    def pause_between_fragments(self, number: int, seconds: float) -> None:
        """Let the fragments from this one on begin later."""
        track = self.sound
        units, fragments = round(seconds * track.timescale), list(self.video.fragments(track.number))
        for position, fragment in enumerate(fragments[number:]):
            box = fragment.find(b"tfdt")
            time = int.from_bytes(box.payload[4:])
            if position == 0:
                self.gaps[self._before_gaps(time / track.timescale)] = units / track.timescale
            box.payload = box.payload[:4] + (time + units).to_bytes(len(box.payload) - 4)
        self.done.append(f"a pause of {units / track.timescale:.3f} s before fragment {number}")

    def _before_gaps(self, second: float) -> float:
        for at, seconds in sorted(self.gaps.items()):
            second -= seconds if at < second else 0.0
        return second

    def play(self, parts: list[Part], *, version: int = 0) -> None:
        """Write another edit list."""
        movie, media = self.video.timescale, self.source.timescale
        self.parts = [
            (None if start is None else round(start * media) / media, round(seconds * movie) / movie)
            for start, seconds in parts
        ]
        # A wrong time scale is wrong for the edit list as for the packets.
        wrong = media / self.sound.timescale
        written = [(None if start is None else start * wrong, seconds) for start, seconds in self.parts]
        self.video.play(*written, track=self.sound, version=version)

    def expected(self) -> Sound:
        """Give the sound that a player ought to be given: ffmpeg's own, laid on the file's timeline."""
        media = self._media()
        rate, begins = self.source.rate, self.source.begins
        parts = self._parts_without_delay()
        if not parts:
            return media
        played, end = np.zeros((0, media.shape[1]), np.float32), 0.0
        for number, (start, seconds) in enumerate(parts):
            end += seconds
            wanted = round(end * rate) - len(played)
            taken = media[:0]
            if start is not None:
                first = round(start * rate) - begins
                taken = media[max(0, first) : max(0, first + wanted)]
            if number == len(parts) - 1 and start is not None:
                wanted = len(taken)
            padded = np.zeros((wanted, media.shape[1]), np.float32)
            padded[: len(taken)] = taken
            played = np.concatenate([played, padded])
        return played

    def _parts_without_delay(self) -> list[Part]:
        """Leave out pauses in front, which are a delay, and those at the end."""
        sounding = [number for number, (start, _) in enumerate(self.parts) if start is not None]
        return self.parts[sounding[0] : sounding[-1] + 1] if sounding else []

    def _media(self) -> Sound:
        """Give the media from its first sample on, with the gaps."""
        rate = self.source.rate
        pieces, position = [], 0
        for second, seconds in sorted(self.gaps.items()):
            at = round(second * rate) - self.source.begins
            silence = np.zeros((max(0, round(seconds * rate)), self.source.raw.shape[1]), np.float32)
            pieces += [self.source.raw[position : at + min(0, round(seconds * rate))], silence]
            position = at
        end = len(self.source.raw)
        if self.has_last:
            end = min(end, round(self.starts()[-1] * rate) - self.source.begins)
        return np.concatenate([*pieces, self.source.raw[position:end]])

    def _note_edits(self) -> None:
        """Note the edit list that ffmpeg wrote."""
        track = self.sound
        payload = next(
            (part.find(b"elst").payload for part in track.box.children if part.kind == b"edts"), b"\0"
        )
        entry = 20 if payload[0] else 12
        for position in range(8, len(payload), entry):
            width = (entry - 4) // 2
            seconds = int.from_bytes(payload[position : position + width]) / self.video.timescale
            start = int.from_bytes(payload[position + width : position + 2 * width], signed=True)
            if self.source.is_fragmented:
                seconds = _FOREVER
            self.parts.append((None if start < 0 else start / track.timescale, seconds))
