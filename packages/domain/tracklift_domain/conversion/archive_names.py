"""The names of several MP3s in one archive."""

import unicodedata
from collections.abc import Iterable, Sequence


def archive_names(audio_names: Iterable[str]) -> Sequence[str]:
    """Give each MP3 a name of its own, in the same order. Of those that are called the same, later ones are numbered.

    Names that differ in case or in the form of their accents only are the same to file systems that people use.
    """
    taken: set[str] = set()
    names = []
    for audio_name in audio_names:
        name, number = audio_name, 1
        while _folded(name) in taken:
            number += 1
            name = f"{audio_name.removesuffix('.mp3')} ({number}).mp3"
        taken.add(_folded(name))
        names.append(name)
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold()
