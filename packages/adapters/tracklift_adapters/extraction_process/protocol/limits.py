"""What one extraction may use at most."""

import resource
from dataclasses import dataclass

_HIGHEST_BYTES_PER_SECOND = 320_000 // 8
_ROOM_FOR_TAGS = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of each process of an extraction (setrlimit(2))."""

    memory: int = 2**30
    """Bytes of address space. ffmpeg needs 400 MB of it for ordinary files, nearly all of it the program itself."""
    open_files: int = 64
    cpu_seconds: int = 300
    """Processor time of each process, in seconds, however short the audio may be."""
    cpu_seconds_per_second: float = 0.5
    """Further seconds for each second of the longest audio that is allowed. LAME takes about 0.015."""

    def apply(self, longest: float, copied: int = 0) -> None:
        """Limit this process and those that it starts, for audio of at most `longest` seconds.

        No file may grow larger than an MP3 of that length, unless an engine raises its own soft limit to the hard one:
        so much that a copy of `copied` bytes may be made.
        """
        cpu = self.cpu_seconds + round(longest * self.cpu_seconds_per_second)
        file_size = round(longest * _HIGHEST_BYTES_PER_SECOND * 1.05) + _ROOM_FOR_TAGS
        _limit(resource.RLIMIT_AS, self.memory)
        # The signal that names the cause comes with the lower limit, sudden death with the higher one.
        _limit(resource.RLIMIT_CPU, cpu, cpu + 5)
        _limit(resource.RLIMIT_FSIZE, file_size, max(file_size, copied))
        _limit(resource.RLIMIT_NOFILE, self.open_files)
        _limit(resource.RLIMIT_CORE, 0)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    _, highest = resource.getrlimit(kind)
    hard = soft if hard is None else hard
    if highest != resource.RLIM_INFINITY:
        hard = min(hard, highest)
    resource.setrlimit(kind, (min(soft, hard), hard))
