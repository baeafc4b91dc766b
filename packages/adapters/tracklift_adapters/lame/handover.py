"""How samples go from the decoder's thread to the encoders' threads, and how much may wait on the way."""

import threading
from collections import deque
from collections.abc import Callable, Iterator

from tracklift_adapters.lame.encoder import Samples

_LONGEST_WAIT = 0.25
"""Seconds without a look at how far the encoders are."""


class AbandonedError(Exception):
    """The samples are not wanted any more: the encoder's thread can end."""


class Handover:
    """What all feeds of one recording share. One lock is enough for blocks of some seconds."""

    def __init__(self, most_waiting: int) -> None:
        """Begin; `most_waiting` samples of each channel may wait for the encoders."""
        self._most_waiting = most_waiting
        self._waiting = 0
        self._abandoned = False
        self._changed = threading.Condition()
        self.encoded = 0
        """Samples of each channel that encoders are done with."""

    @property
    def is_full(self) -> bool:
        """Whether the decoder must wait."""
        return self._waiting > self._most_waiting

    def wait_while(self, hindered: Callable[[], bool]) -> None:
        """Wait until nothing hinders any more, which is looked at again at each change, but not for long."""
        with self._changed:
            self._changed.wait_for(lambda: not hindered(), _LONGEST_WAIT)

    def tell_change(self) -> None:
        """Wake up whoever waits."""
        with self._changed:
            self._changed.notify_all()

    def abandon(self) -> None:
        """Let all encoders end."""
        self._abandoned = True
        self.tell_change()

    def put(self, blocks: "deque[Samples | None]", block: Samples | None) -> None:
        """Add to what waits in a feed."""
        with self._changed:
            blocks.append(block)
            self._waiting += _count(block)
            self._changed.notify_all()

    def take(self, blocks: "deque[Samples | None]", done_with: Samples | None) -> Samples | None:
        """Take from a feed, after having dealt with what was taken before.

        Raises:
            AbandonedError: nobody is to go on.
        """
        with self._changed:
            self._waiting -= _count(done_with)
            self.encoded += _count(done_with)
            self._changed.notify_all()
            self._wait_until(lambda: bool(blocks))
            return blocks.popleft()

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait, in an encoder's thread, until something holds.

        Raises:
            AbandonedError: nobody is to go on.
        """
        with self._changed:
            self._wait_until(holds)

    def _wait_until(self, holds: Callable[[], bool]) -> None:
        self._changed.wait_for(lambda: self._abandoned or holds())
        if self._abandoned:
            raise AbandonedError


class Feed:
    """The samples for one encoder, in order."""

    def __init__(self, handover: Handover) -> None:
        self._handover = handover
        self._blocks: deque[Samples | None] = deque()

    def put(self, block: Samples) -> None:
        """Hand over samples."""
        self._handover.put(self._blocks, block)

    def end(self) -> None:
        """Tell that these were all."""
        self._handover.put(self._blocks, None)

    def __iter__(self) -> Iterator[Samples]:
        block = self._handover.take(self._blocks, None)
        while block is not None:
            yield block
            block = self._handover.take(self._blocks, block)


def _count(block: Samples | None) -> int:
    return 0 if block is None else block.shape[1]
