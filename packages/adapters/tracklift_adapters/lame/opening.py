"""The first frames that an encoder writes of a piece, which the encoder of the piece before compares with its own."""

from tracklift_adapters.lame.frame_header import LARGEST_FRAME
from tracklift_adapters.lame.frames import Frames
from tracklift_adapters.lame.handover import Handover


class Opening:
    """Filled by one thread and read by another one."""

    def __init__(self, handover: Handover, longest: int) -> None:
        """Begin; nobody asks for more than `longest` frames."""
        self._handover = handover
        self._enough = longest * LARGEST_FRAME
        self._output = b""
        self._ended = False

    def add(self, output: bytes) -> None:
        """Go on with what the encoder wrote; what goes too far is left out."""
        if len(self._output) < self._enough:
            self._output += output
            self._handover.tell_change()

    def end(self) -> None:
        """Tell that there is no more to come."""
        self._ended = True
        self._handover.tell_change()

    def frames(self, count: int) -> Frames:
        """Give so many frames or more; fewer only where the piece has no more. Waits until they are there.

        Raises:
            AbandonedError: nobody is to go on.
        """
        self._handover.wait_until(lambda: self._ended or len(Frames(self._output)) >= count)
        return Frames(self._output)
