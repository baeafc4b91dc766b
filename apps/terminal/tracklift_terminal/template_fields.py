"""The values of the fields of an output template."""

from collections.abc import Mapping
from pathlib import Path

from tracklift_domain.conversion.file_name import audio_file_name
from tracklift_domain.extraction.options import AudioOptions
from tracklift_terminal.outputs import safe_part


def template_fields(path: Path, tags: Mapping[str, str], options: AudioOptions) -> dict[str, str]:
    """Give the fields of a template: the tags that the MP3 will have, with placeholders for missing ones."""
    name = audio_file_name(path.name).removesuffix(".mp3")
    own = {"title": options.title, "artist": options.artist, "album": options.album}
    missing = {"title": name, "artist": "Unknown artist", "album": "Unknown album"}
    given = {field: own[field] or tags.get(field) or "" for field in own}
    return {"name": name, **{field: safe_part(given[field], otherwise=missing[field]) for field in own}}
