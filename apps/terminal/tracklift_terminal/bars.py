"""Progress bars in a terminal, and lines that remain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from tracklift_terminal.shown import printable


class Bar:
    """The progress bar of one task."""

    def __init__(self, progress: Progress, task: TaskID, name: str) -> None:
        self._progress = progress
        self._task = task
        self._name = name

    def bytes(self, through: int, size: int) -> None:
        """Show the progress of a transfer."""
        self.fraction(through / size if size else 1.0)

    def fraction(self, done: float, doing: str = "") -> None:
        """Show a fraction from 0 to 1, and the current step."""
        shown = f"{self._name}  {doing}" if doing else self._name
        self._progress.update(self._task, completed=done, description=_text(shown))


class Bars:
    """Bars on standard error, removed at the end; outside a terminal there are none. Lines remain."""

    def __init__(self, console: Console | None = None, *, shown: bool = True) -> None:
        self._console = Console(stderr=True) if console is None else console
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
        self._progress = Progress(
            *columns, console=self._console, transient=True, disable=not (shown and self._console.is_terminal)
        )

    def __enter__(self) -> Self:
        self._progress.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.__exit__(None, None, None)

    @contextmanager
    def bar(self, name: str) -> Iterator[Bar]:
        """Show a bar for the duration of a block."""
        task = self._progress.add_task(_text(name), total=1.0)
        try:
            yield Bar(self._progress, task, name)
        finally:
            self._progress.remove_task(task)

    def say(self, line: str) -> None:
        """Write a line that remains."""
        self._console.print(printable(line), markup=False, highlight=False, soft_wrap=True)

    def failed(self, name: str, reason: str) -> None:
        """Write a line that says what failed and why."""
        line = printable(f"{name}: {reason}")
        self._console.print(line, style="red", markup=False, highlight=False, soft_wrap=True)


def _text(name: str) -> str:
    return escape(printable(name))
