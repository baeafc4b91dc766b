"""The exit codes of the command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a call of the command ended."""

    OK = 0
    FAILED = 1
    """At least one part of the call failed; the others were done."""
    USAGE = 2
    """The command line or a setting is invalid; nothing was started."""
    NOT_LOGGED_IN = 3
    """The caller is not authenticated."""
    UNREACHABLE = 4
    """The server could not be reached, or failed too often; a repeated call resumes."""
    INTERRUPTED = 130
    """128 plus the number of SIGINT, by the convention of shells."""
    TERMINATED = 143
    """128 plus the number of SIGTERM."""

    def and_then(self, other: "ExitCode") -> "ExitCode":
        """Combine the codes of two parts: the first one that failed wins."""
        return self if self is not ExitCode.OK else other


EXIT_CODES = """
Exit codes: 0 all is well; 1 something failed; 2 the command line or a setting makes no
sense; 3 not logged in; 4 the server can't be reached, and the same call again goes on;
130 interrupted; 143 terminated.
"""
