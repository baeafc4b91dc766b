"""Files with a tone, one for each way to code it."""

from tests.media.samples import made

CODECS: dict[str, str] = {
    "aac": "-c:a aac -ar 44100",
    "aac-16": "-c:a aac -ar 16000",
    "ac3": "-c:a ac3 -ar 48000",
    "eac3": "-c:a eac3 -ar 48000",
    "flac": "-c:a flac -ar 44100",
    "flac-96": "-c:a flac -ar 96000",
    "alac": "-c:a alac -ar 44100",
    "alac-96": "-c:a alac -ar 96000",
    "opus": "-c:a libopus -ar 48000",
    "mp3": "-c:a libmp3lame -ar 44100",
    "vorbis": "-c:a libvorbis -q:a 6 -ar 44100",
    "amr-nb": "-c:a libopencore_amrnb -b:a 12.2k -ar 8000 -f mov",
    "mp2": "-c:a mp2 -ar 44100",
}
"""How ffmpeg is told to code sound."""


def tone(codec: str, *, seconds: float = 10, channels: int = 2, pitch: int = 440, more: str = "") -> bytes:
    """Give a video with a tone at an eighth of full scale; `more` is told to ffmpeg too."""
    # ffmpeg makes mono sound softer where it becomes stereo by `-ac`.
    layout, alike = {1: ("mono", "c0=c0"), 2: ("stereo", "c0=c0|c1=c0")}[channels]
    recipe = (
        f"-f lavfi -i color=size=16x16:rate=10:duration={seconds}"
        f" -f lavfi -i sine=frequency={pitch}:sample_rate=48000:duration={seconds}"
        f' -c:v libx264 -preset ultrafast {CODECS[codec]} -af "pan={layout}|{alike}" -strict -2 {more}'
    )
    return made(f"tone-{codec}", recipe).read_bytes()
