"""What the command tells the shell."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What became of a call."""

    OK = 0
    FAILED = 1
    """At least one thing that was asked for failed; the others were done."""
    USAGE = 2
    """The command line or a setting makes no sense; nothing was begun."""
    NOT_LOGGED_IN = 3
    """The server does not know who is calling."""
    UNREACHABLE = 4
    """The server could not be reached, or too often not; the same call again goes on."""
    INTERRUPTED = 130
    """128 and the number of SIGINT, as shells do."""
    TERMINATED = 143
    """128 and the number of SIGTERM."""

    def and_then(self, other: "ExitCode") -> "ExitCode":
        """Give the code of two things: that of the first one that went wrong."""
        return self if self is not ExitCode.OK else other


EXIT_CODES = """
Exit codes: 0 all is well; 1 something failed; 2 the command line or a setting makes no
sense; 3 not logged in; 4 the server can't be reached, and the same call again goes on;
130 interrupted; 143 terminated.
"""
