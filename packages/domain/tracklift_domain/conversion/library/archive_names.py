"""The names of several MP3s in one archive."""

import unicodedata
from collections.abc import Iterable, Sequence

_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
"""Characters that no file of Windows has in its name, besides those that no name here has (Microsoft, "Naming Files,
Paths, and Namespaces")."""
_DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"}
)
"""Names of devices on Windows, whatever follows behind a dot (the same source)."""


def archive_names(audio_names: Iterable[str]) -> Sequence[str]:
    """Give each MP3 a name of its own, in the same order. Of those that are called the same, later ones are numbered.

    Names that differ in case or in the form of their accents only are the same to file systems that people use. An
    archive is unpacked on any system, so names become such as Windows has them, too, as browsers do with a single file.
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
