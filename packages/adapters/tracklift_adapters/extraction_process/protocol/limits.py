"""Resource limits of one extraction."""

import resource
from dataclasses import dataclass

_MAX_BYTES_PER_SECOND = 320_000 // 8
_TAG_ALLOWANCE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of each process of an extraction (setrlimit(2))."""

    memory: int = 2**30
    """Bytes of address space. For ordinary files ffmpeg needs 400 MB, nearly all of it for the program itself."""
    open_files: int = 64
    cpu_seconds: int = 300
    """Processor time of each process in seconds, in addition to the one that depends on the duration."""
    cpu_seconds_per_second: float = 0.5
    """Seconds of processor time for each second of the longest audio that is allowed. LAME takes about 0.015."""

    def apply(self, longest: float, copied: int = 0) -> None:
        """Limit this process and the processes that it starts.

        Args:
            longest: Seconds of the longest audio. No file may grow larger than an MP3 of that duration.
            copied: Bytes of a file that an engine may copy: it may raise its soft limit of the file size that far.
        """
        cpu = self.cpu_seconds + round(longest * self.cpu_seconds_per_second)
        file_size = round(longest * _MAX_BYTES_PER_SECOND * 1.05) + _TAG_ALLOWANCE
        _limit(resource.RLIMIT_AS, self.memory)
        # At the soft limit the kernel sends SIGXCPU, which tells the cause; at the hard limit SIGKILL.
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
