"""The exit codes of the command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The result of one run of the command."""

    OK = 0
    FAILED = 1
    """At least one item failed; the others were done."""
    USAGE = 2
    """The command line or a setting is not valid; nothing was started."""
    NOT_LOGGED_IN = 3
    """The server could not authenticate the user."""
    UNREACHABLE = 4
    """The server could not be reached, or retries were used up; the same command resumes."""
    INTERRUPTED = 130
    """128 plus the number of SIGINT, as in shells."""
    TERMINATED = 143
    """128 plus the number of SIGTERM."""

    def and_then(self, other: "ExitCode") -> "ExitCode":
        """Combine two codes: the first failure wins."""
        return self if self is not ExitCode.OK else other


EXIT_CODES = """
Exit codes: 0 all is well; 1 something failed; 2 the command line or a setting makes no
sense; 3 not logged in; 4 the server can't be reached, and the same call again goes on;
130 interrupted; 143 terminated.
"""
