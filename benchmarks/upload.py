"""How much sooner an MP3 is there when only the sound of a video is sent.

    make bench-upload
    make bench-upload ARGS="--minutes 10 60 --folder /mnt/videos"

Makes videos of 1080p at 17 Mbit/s (H.264 and AAC, the index at the end as phones write it), starts Tracklift in one
process, and has `tracklift upload` send each of them over a line of 20 Mbit/s: its sound, and the whole. Prints bytes
sent (as the line counts them, headers included) as a share of the bytes of the sound, the time from the command to the
MP3, and whether all MP3s are the same. A video longer than `--longest-whole` is not sent whole: its time is that of its
bytes on the line alone.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import imageio_ffmpeg

from benchmarks.media import make_video
from benchmarks.throttled_line import ThrottledLine, throttled_line

_MB = 10**6
_PASSWORD = "correct horse battery"  # noqa: S105  # of a made-up user
_EMAIL = "bench@example.org"
_COLUMNS = [
    "| video | its bytes | sent ÷ sound | time, sound | time, whole | sooner | same MP3 |",
    "|---|--:|--:|--:|--:|--:|---|",
]


@dataclass(frozen=True)
class Sent:
    """One upload: bytes on the line, seconds to the MP3, and the MP3."""

    sent: int
    seconds: float
    mp3: bytes


class User:
    """Somebody with an account, a home and a line."""

    def __init__(self, home: Path, line: ThrottledLine) -> None:
        self._home = home
        self._line = line
        self._environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if not name.startswith(("TRACKLIFT_", "XDG_"))
            },
            "HOME": str(home),
        }
        address = f"http://127.0.0.1:{line.port}"
        account = {"email": _EMAIL, "password": _PASSWORD}
        httpx.post(f"{address}/v1/users", json=account, timeout=60).raise_for_status()
        self.run("login", address, "--email", _EMAIL, "--password-stdin", text=_PASSWORD + "\n")

    def run(self, *arguments: str, text: str = "") -> None:
        """Run `tracklift`."""
        command = [sys.executable, "-m", "tracklift_standalone", *arguments]
        subprocess.run(command, env=self._environment, input=text, text=True, check=True)

    def upload(self, video: Path, *arguments: str) -> Sent:
        """Have a video converted."""
        target = self._home / "audio.mp3"
        target.unlink(missing_ok=True)
        before, began = self._line.sent, time.monotonic()
        self.run("upload", str(video), "-o", str(target), "--quiet", *arguments)
        seconds = time.monotonic() - began
        return Sent(self._line.sent - before, seconds, target.read_bytes())

    def convert(self, video: Path) -> bytes:
        """Convert a video without a server."""
        target = self._home / "local.mp3"
        self.run("convert", str(video), "-o", str(target), "--overwrite", "--quiet")
        return target.read_bytes()


def bytes_of_sound(video: Path) -> int:
    """Count the bytes of the sound's packets, as ffmpeg reads them."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(video), "-map", "0:a", "-c", "copy"]
    with subprocess.Popen([*command, "-f", "data", "-"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        total = 0
        while piece := process.stdout.read(_MB):
            total += len(piece)
    return total


@contextmanager
def _server(folder: Path) -> Iterator[int]:
    environment = {**os.environ, "TRACKLIFT_DATA_FOLDER": str(folder / "data"), "TRACKLIFT_PORT": "0"}
    environment |= {"TRACKLIFT_LARGEST_VIDEO": str(64 * 2**30), "TRACKLIFT_METRICS_PORT": "0"}
    command = [sys.executable, "-m", "tracklift_standalone", "serve"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        assert process.stdout is not None
        port = urlsplit(process.stdout.readline().split()[4]).port
        assert port is not None
        try:
            yield port
        finally:
            process.terminate()


def _measure(video: Path, user: User, arguments: argparse.Namespace, minutes: float) -> str:
    size = video.stat().st_size
    sound = user.upload(video)
    share = sound.sent / bytes_of_sound(video)
    same = sound.mp3 == user.convert(video)
    if minutes > arguments.longest_whole:
        whole, about = size * 8 / (arguments.megabits * _MB), "> "
    else:
        sent = user.upload(video, "--whole")
        whole, about, same = sent.seconds, "", same and sent.mp3 == sound.mp3
    return (
        f"| {minutes:g} min | {size / _MB:,.0f} MB | {share:.3f} | {sound.seconds:.1f} s | {about}{whole:.0f} s "
        f"| {about}{whole / sound.seconds:.0f} × | {'yes' if same else 'NO'} |"
    )


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, nargs="+", default=[10.0, 60.0], help="of the videos")
    parser.add_argument("--rate", type=float, default=17.0, help="Mbit/s of the pictures (default: 17)")
    parser.add_argument("--megabits", type=float, default=20.0, help="Mbit/s of the line (default: 20)")
    parser.add_argument("--longest-whole", type=float, default=10.0, help="minutes of video (default: 10)")
    parser.add_argument("--folder", type=Path, help="where videos are kept for the next run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tracklift-bench-") as temporary:
        folder = Path(temporary)
        kept = arguments.folder or folder
        with _server(folder) as port, throttled_line(port, arguments.megabits * _MB) as line:
            user = User(folder, line)
            print("\n".join(_COLUMNS), flush=True)
            for minutes in arguments.minutes:
                name = f"upload-{minutes:g}-{arguments.rate:g}.mp4"
                video = make_video(kept / name, round(minutes * 60), megabits=arguments.rate)
                print(_measure(video, user, arguments, minutes), flush=True)


if __name__ == "__main__":
    main()
