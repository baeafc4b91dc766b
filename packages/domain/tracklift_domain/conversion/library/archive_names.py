"""The names of several MP3s in one archive."""

import unicodedata
from collections.abc import Iterable, Sequence

_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
"""Characters that are not allowed in file names on Windows, beyond those that no name has here (Microsoft, "Naming
Files, Paths, and Namespaces")."""
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"}
)
"""Device names on Windows, with any extension (same source)."""


def archive_names(audio_names: Iterable[str]) -> Sequence[str]:
    """Give each MP3 a unique name, in the same order. Later ones of the same name are numbered.

    Common file systems treat names as the same that differ only in case or in the Unicode form of their accents. An
    archive may be unpacked on any system, so names are also made valid for Windows, as browsers do for a single file.
    """
    taken: set[str] = set()
    names = []
    for audio_name in map(_portable, audio_names):
        name, number = audio_name, 1
        while _folded(name) in taken:
            number += 1
            name = f"{audio_name.removesuffix('.mp3')} ({number}).mp3"
        taken.add(_folded(name))
        names.append(name)
    return names


def _portable(name: str) -> str:
    portable = name.translate(_FORBIDDEN)
    return f"_{portable}" if portable.partition(".")[0].rstrip().upper() in _DEVICES else portable


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold()
