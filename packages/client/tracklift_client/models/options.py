"""Options of a conversion."""

from msgspec import Struct, structs


class Options(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the MP3 is to be like; `None` leaves the choice to the video or to the server's default.

    The README's table of options says what each one means.
    """

    bitrate: int | None = None
    quality: int | None = None
    channels: int | None = None
    sample_rate: int | None = None
    start: float = 0.0
    end: float | None = None
    track: int | str | None = None
    keep_delay: bool = False
    normalize: bool = False
    title: str | None = None
    artist: str | None = None
    album: str | None = None

    def fields(self) -> dict[str, str]:
        """Give those that differ from the default as text fields of a form, a query or an upload's metadata."""
        given = {
            each.name: getattr(self, each.name)
            for each in structs.fields(self)
            if getattr(self, each.name) != each.default
        }
        return {name: _text(value) for name, value in given.items()}


def _text(value: float | str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
