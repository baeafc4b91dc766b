"""The queues of samples from the decoder's thread to the encoders' threads, and their common bound."""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from tracklift_adapters.lame.encoding.encoder import Samples

_MAX_WAIT = 0.25
"""Seconds after which the decoder's thread wakes up at the latest, to report progress."""


class AbandonedError(Exception):
    """The encoding has been abandoned, so the encoder's thread has to end."""


class EncodingMonitor:
    """Synchronizes the threads of one recording: a lock, a condition, and the counts of samples.

    One lock for all queues is enough, because blocks of samples last some seconds.
    """

    def __init__(self, max_waiting: int) -> None:
        """Allow `max_waiting` samples per channel in all queues together."""
        self._max_waiting = max_waiting
        self._waiting = 0
        self._abandoned = False
        self._changed = threading.Condition()
        self.encoded = 0
        """Samples per channel that have been encoded."""

    @property
    def is_full(self) -> bool:
        """Whether the decoder has to wait."""
        return self._waiting > self._max_waiting

    def wait_while(self, blocked: Callable[[], bool]) -> None:
        """Wait until `blocked` returns false after a change, for at most 0.25 seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not blocked(), _MAX_WAIT)

    def notify(self) -> None:
        """Wake up all waiting threads, which check their conditions again."""
        with self._changed:
            self._changed.notify_all()

    def abandon(self) -> None:
        """Make the threads of all encoders end."""
        self._abandoned = True
        self.notify()

    def put(self, blocks: "deque[Samples | None]", block: Samples | None) -> None:
        """Append a block to a queue."""
        with self._changed:
            blocks.append(block)
            self._waiting += _count(block)
            self._changed.notify_all()

    def take(self, blocks: "deque[Samples | None]", encoded: Samples | None) -> Samples | None:
        """Remove the first block of a queue, after the previous one has been encoded. Waits until there is one.

        Raises:
            AbandonedError: the encoding has been abandoned.
        """
        with self._changed:
            self._waiting -= _count(encoded)
            self.encoded += _count(encoded)
            self._changed.notify_all()
            self._wait_until(lambda: bool(blocks))
            return blocks.popleft()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait, in an encoder's thread, until a condition holds.

        Raises:
            AbandonedError: the encoding has been abandoned.
        """
        with self._changed:
            self._wait_until(condition)

    def _wait_until(self, condition: Callable[[], bool]) -> None:
        self._changed.wait_for(lambda: self._abandoned or condition())
        if self._abandoned:
            raise AbandonedError


class BoundedQueue:
    """The queue of samples for one encoder, which iterates over it. All queues of a recording share one bound."""

    def __init__(self, monitor: EncodingMonitor) -> None:
        self._monitor = monitor
        self._blocks: deque[Samples | None] = deque()

    def put(self, block: Samples) -> None:
        """Append samples. This does not block: the decoder waits while the monitor is full."""
        self._monitor.put(self._blocks, block)

    def close(self) -> None:
        """End the encoder's iteration after the samples that have been put."""
        self._monitor.put(self._blocks, None)

    def __iter__(self) -> Iterator[Samples]:
        block = self._monitor.take(self._blocks, None)
        while block is not None:
            yield block
            block = self._monitor.take(self._blocks, block)


def _count(block: Samples | None) -> int:
    return 0 if block is None else block.shape[1]
