"""Videos for tests, made by ffmpeg when they are first asked for and kept in a temporary folder across runs.

`sample(name)` gives the path of one; `SAMPLES` has them all. Ask for a copy if you change it.
"""

import fcntl
import hashlib
import os
import shlex
import tempfile
from pathlib import Path

from tests.media import ffmpeg

_PICTURES = "-f lavfi -i testsrc2=size=64x48:rate=10:duration={seconds}"
_H264 = "-c:v libx264 -preset ultrafast -crf 40"
_TINY = "-f lavfi -i color=size=16x16:rate=1:duration={seconds}"


def _tone(pitch: int = 440, *, rate: int = 44100, seconds: float = 4) -> str:
    return f"-f lavfi -i sine=frequency={pitch}:sample_rate={rate}:duration={seconds}"


def _pictures(seconds: float = 4) -> str:
    return f"{_PICTURES.format(seconds=seconds)}"


def _tiny_pictures(seconds: float) -> str:
    return _TINY.format(seconds=seconds)


_NOISE = "-f lavfi -i anoisesrc=color=pink:sample_rate=44100:seed=7:amplitude=0.1:duration=20"
# A soft tone with a loud crack every five seconds, so that one gain can't do.
_PEAKY = (
    '-f lavfi -i "aevalsrc=(0.05+0.9*lt(mod(t\\,5)\\,0.004))*cos(2*PI*500*t):sample_rate=44100:duration=20"'
)
_SWELLING = '-f lavfi -i "aevalsrc=sin(2*PI*500*t)*0.002*pow(1.25\\,t):sample_rate=44100:duration=20"'

TAGS = {
    "title": "Größer als 东京 🎵",
    "artist": "Ada",
    "album": "Notes; on=the #Engine",
    "album_artist": "Ada and others",
    "composer": "Charles",
    "genre": "Jazz",
    "date": "1843",
    "track": "3/12",
    "comment": "Of a comment",
    "copyright": "1843 Ada",
}
"""What the tagged samples say about themselves, by ffmpeg's names, as far as their form has names for it."""
_TAGS = " ".join(shlex.join(["-metadata", f"{name}={text}"]) for name, text in TAGS.items())
_OTHER_TAGS = "-metadata description=Other -metadata location=+52.5+013.4/ -metadata lyrics=La"
_COVER = "-f lavfi -i testsrc=size=32x32:rate=1:duration=1 -map 0:v -map 1:a -map 2:v -disposition:v:1 attached_pic"

SAMPLES: dict[str, str] = {
    "index-at-end": f"{_pictures()} {_tone()} {_H264} -c:a aac -ac 2",
    "index-at-front": f"{_pictures()} {_tone()} {_H264} -c:a aac -ac 2 -movflags +faststart",
    "surround": f"{_pictures()} {_tone(rate=48000)} {_H264} -c:a aac -ac 6",
    "two-tracks": (
        f"{_pictures()} {_tone(440)} {_tone(1000)} {_H264} -c:a aac -ac 2 -map 0:v -map 1:a -map 2:a"
    ),
    "mp3-audio": f"{_pictures()} {_tone()} {_H264} -c:a libmp3lame -b:a 128k -ac 2",
    "one-second": f"{_pictures(1)} {_tone(seconds=1)} {_H264} -c:a aac -ac 2",
    "48-khz": f"{_pictures()} {_tone(rate=48000)} {_H264} -c:a aac -ac 2",
    "mono": f"{_pictures()} {_tone()} {_H264} -c:a aac -ac 1",
    "22-khz": f"{_pictures()} {_tone(rate=22050)} {_H264} -c:a aac -ac 1",
    "96-khz": f"{_pictures()} {_tone(rate=96000)} {_H264} -c:a aac -ac 2",
    "variable-frame-rate": (
        f"{_pictures()} {_tone()} -vf \"select='not(mod(n,7))+eq(mod(n,7),3)'\" -fps_mode vfr {_H264} -c:a aac -ac 2"
    ),
    "audio-only": f"{_tone()} -c:a aac -ac 2",
    "fragmented": (
        f"{_pictures()} {_tone()} {_H264} -g 10 -c:a aac -ac 2 -movflags +frag_keyframe+empty_moov+default_base_moof"
    ),
    "fragmented-with-edits": (
        f"{_pictures()} {_tone()} {_H264} -g 10 -c:a aac -ac 2 -movflags +frag_keyframe+delay_moov"
    ),
    "no-audio": f"{_pictures()} {_H264}",
    "late-audio": f"{_pictures()} -itsoffset 1.5 {_tone(seconds=2.5)} {_H264} -c:a aac -ac 2",
    "quicktime": f"{_pictures()} {_tone()} {_H264} -c:a pcm_s16le -ac 2 -f mov",
    "opus": f"{_pictures()} {_tone(rate=48000)} {_H264} -c:a libopus -ac 2",
    "ac-3": f"{_pictures()} {_tone(rate=48000)} {_H264} -c:a ac3 -ac 2",
    "lossless": f"{_pictures()} {_tone(rate=96000)} {_H264} -c:a alac -ac 2",
    "tagged": (f"{_pictures()} {_tone()} {_COVER} {_TAGS} {_OTHER_TAGS} {_H264} -c:v:1 png -c:a aac -ac 2"),
    "tagged-mp3": (
        f"{_pictures()} {_tone()} {_COVER} {_TAGS} {_H264} -c:v:1 mjpeg -pix_fmt:v:1 yuvj420p"
        " -c:a libmp3lame -b:a 128k -ac 2 -movflags +faststart"
    ),
    "tagged-quicktime": f"{_pictures()} {_tone()} {_TAGS} {_OTHER_TAGS} {_H264} -c:a aac -ac 2 -f mov",
    "tagged-by-names": (
        f"{_pictures()} {_tone()} {_TAGS} {_OTHER_TAGS} {_H264} -c:a aac -ac 2 -movflags use_metadata_tags -f mov"
    ),
    "three-minutes": f"{_tiny_pictures(180)} {_tone(rate=8000, seconds=180)} {_H264} -c:a aac -ac 1",
    "peaky-minutes": (
        f"{_tiny_pictures(180)} {_PEAKY.replace('duration=20', 'duration=180')} {_H264} -c:a aac -b:a 192k -ac 1"
    ),
    "twenty-minutes": (
        f"{_tiny_pictures(1200)} {_tone(rate=8000, seconds=1200)} {_H264} -c:a aac -b:a 24k -ac 1"
    ),
    "one-hour": f"{_tiny_pictures(3600)} {_tone(rate=8000, seconds=3600)} {_H264} -c:a aac -b:a 24k -ac 1",
    "two-hours": f"{_tiny_pictures(7200)} {_tone(rate=8000, seconds=7200)} {_H264} -c:a flac -ac 1",
    "quiet": f"{_tiny_pictures(20)} {_NOISE} -af volume=-20dB {_H264} -c:a aac -ac 2",
    "peaky": f"{_tiny_pictures(20)} {_PEAKY} {_H264} -c:a aac -b:a 192k -ac 2",
    "swelling": f"{_tiny_pictures(20)} {_SWELLING} {_H264} -c:a aac -b:a 192k -ac 2",
    "nine-channels": (
        f"{_tiny_pictures(2)} -f lavfi -i aevalsrc='{'|'.join(['0.1*sin(3000*t)'] * 9)}':sample_rate=48000:duration=2"
        f" {_H264} -c:a pcm_s16le -f mov"
    ),
    "silence": f"{_pictures()} -f lavfi -i anullsrc=sample_rate=44100:duration=4 {_H264} -c:a aac -ac 2 -t 4",
    "chirp": (
        f"{_pictures(6)} -f lavfi -i aevalsrc='0.5*sin(2*PI*(200*t+150*t*t))':sample_rate=44100:duration=6"
        f" {_H264} -c:a aac -b:a 192k -ac 2"
    ),
}
"""What ffmpeg is told for each sample."""

CUT_SAMPLES: dict[str, tuple[str, str]] = {
    "cut": ("index-at-end", "-ss 1.3 -i {source} -c copy"),
    "moved": ("index-at-end", "-itsoffset -0.4 -i {source} -c copy"),
}
"""Samples that are made by cutting others without encoding them anew: what is to be heard is in the edit list."""


def sample(name: str) -> Path:
    """Give the path of a sample; it is not to be changed."""
    if name in CUT_SAMPLES:
        source, recipe = CUT_SAMPLES[name]
        return made(name, recipe.format(source=sample(source)))
    return made(name, SAMPLES[name])


def cache_folder() -> Path:
    """Give the folder where samples are kept, one for each user."""
    folder = Path(tempfile.gettempdir()) / f"tracklift-sample-media-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def made(name: str, recipe: str) -> Path:
    """Give the path of what ffmpeg makes when told so, kept as a sample under this name; it is not to be changed."""
    key = hashlib.sha256(f"{ffmpeg.program().name} {recipe}".encode()).hexdigest()[:16]
    path = cache_folder() / f"{name}-{key}.mp4"
    if not path.exists():
        # Processes that share the tests ask for the same at once, and an hour takes long to make.
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                _make(path, recipe)
    return path


def _make(path: Path, recipe: str) -> None:
    arguments = shlex.split(recipe)
    if "-f mov" not in recipe:
        arguments += ["-f", "mp4"]
    unfinished = path.with_suffix(".unfinished")
    ffmpeg.run("-y", *arguments, str(unfinished))
    unfinished.replace(path)
