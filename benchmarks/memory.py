"""How much memory Tracklift takes while a large video streams in and its MP3 streams out.

    make bench-memory
    make bench-memory ARGS="--gigabytes 10 --folder /mnt/videos"

Starts Tracklift in one process on a new data folder, uploads a video whose most bytes are made on the fly (an hour of
audio, and behind it a box that says `free`), once as a form and once bare, has the first one converted to 320 kbit/s
and downloads the MP3. Prints the memory of the process, without its children, and the rate of both directions. Ends
with 1 if the memory rose by more than the goal.
"""

import argparse
import http.client
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import imageio_ffmpeg

GOAL = 150 * 10**6
"""Bytes above idle."""
_MB = 10**6
_PIECE = bytes(1024 * 1024)
_BOUNDARY = "tracklift-benchmark"
_PATIENCE = 600.0
_HOUR = (
    "-f lavfi -i color=size=16x16:rate=1:duration=3600 -f lavfi -i sine=sample_rate=8000:duration=3600 "
    "-c:v libx264 -preset ultrafast -c:a aac -b:a 24k -movflags +faststart"
)


@dataclass(frozen=True)
class Video:
    """A small real video, followed by a box of zeros that nobody stores before it is sent."""

    real: bytes
    size: int
    """Bytes of all."""

    def pieces(self) -> Iterator[bytes]:
        """Give all bytes."""
        yield self.real
        free = self.size - len(self.real)
        # The box's size is in 64 bits (ISO/IEC 14496-12, section 4.2).
        yield struct.pack(">I4sQ", 1, b"free", free)
        left = free - 16
        while left > 0:
            yield _PIECE[:left]
            left -= len(_PIECE)


@dataclass
class Phase:
    """What was measured of one thing that was done."""

    name: str
    peak: int = 0
    """Bytes of resident memory."""
    seconds: float = 0.0
    size: int = 0
    """Bytes that went over the connection; 0 where none did."""
    processor: float = 0.0
    """Seconds of processor time that the process took."""


class Tracklift:
    """The process and a user of it."""

    def __init__(self, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
        environment |= {"TRACKLIFT_PORT": "0", "TRACKLIFT_DATA_FOLDER": str(folder / "data")}
        environment |= {"TRACKLIFT_LARGEST_VIDEO": str(2**40), "TRACKLIFT_LOG_LEVEL": "WARNING"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tracklift_standalone", "serve"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._address = urlsplit(self._process.stdout.readline().split()[4])
        self._token = ""

    def log_in(self) -> None:
        """Make an account and log in."""
        account = {"email": "ada@example.org", "password": "correct horse battery"}
        self.call("POST", "/v1/users", json.dumps(account), "application/json")
        form = urlencode(
            {"grant_type": "password", "username": account["email"], "password": account["password"]}
        )
        self._token = self.call("POST", "/v1/token", form, "application/x-www-form-urlencoded")[
            "access_token"
        ]

    def call(self, method: str, path: str, body: str = "", content_type: str = "text/plain") -> Any:
        """Make a request and give the answer's JSON."""
        connection = self._connect()
        connection.request(method, path, body or None, self._headers({"Content-Type": content_type}))
        return _answer(connection)

    def upload(self, video: Video, *, as_form: bool) -> str:
        """Upload a video; give the conversion's id."""
        field = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="%s"'
        head = f"{field % 'bitrate'}\r\n\r\n320\r\n{field % 'sample_rate'}\r\n\r\n48000\r\n"
        head += f'{field % "file"}; filename="hour.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
        tail = f"\r\n--{_BOUNDARY}--\r\n"
        if not as_form:
            head = tail = ""
        connection = self._connect()
        connection.putrequest("POST", "/v1/conversions")
        headers = {
            "Content-Type": f"multipart/form-data; boundary={_BOUNDARY}" if as_form else "video/mp4",
            "Content-Length": str(len(head) + video.size + len(tail)),
        }
        for name, value in self._headers(headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(head.encode())
        for piece in video.pieces():
            connection.send(piece)
        connection.send(tail.encode())
        return str(_answer(connection)["id"])

    def wait_until_converted(self, conversion_id: str) -> None:
        """Wait for the end of a conversion, without making it answer questions meanwhile."""
        connection = self._connect()
        connection.request("GET", f"/v1/conversions/{conversion_id}/events", headers=self._headers({}))
        connection.getresponse().read()
        record = self.call("GET", f"/v1/conversions/{conversion_id}")
        if record["state"] != "completed":
            raise SystemExit(f"The conversion has not completed: {record}")

    def download(self, conversion_id: str) -> int:
        """Download an MP3, and give its bytes' number."""
        connection = self._connect()
        connection.request("GET", f"/v1/conversions/{conversion_id}/audio", headers=self._headers({}))
        answer = connection.getresponse()
        buffer = bytearray(1024 * 1024)
        size = 0
        while count := answer.readinto(buffer):
            size += count
        if size != int(answer.headers["Content-Length"]):
            raise SystemExit("The download broke off.")
        return size

    @property
    def resident(self) -> int:
        """Bytes of memory that the process has now."""
        return self._status("VmRSS")

    @contextmanager
    def measured(self, name: str) -> Iterator[Phase]:
        """Measure what is done inside."""
        # From here on the kernel's high-water mark is that of this phase (proc(5)).
        (self._proc / "clear_refs").write_text("5")
        phase = Phase(name)
        began, used = time.monotonic(), self._processor_time()
        yield phase
        phase.seconds = time.monotonic() - began
        phase.processor = self._processor_time() - used
        phase.peak = self._status("VmHWM")

    def stop(self) -> None:
        """Stop the process."""
        self._process.terminate()
        self._process.wait(_PATIENCE)

    @property
    def _proc(self) -> Path:
        return Path("/proc") / str(self._process.pid)

    def _status(self, field: str) -> int:
        lines = (self._proc / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))

    def _processor_time(self) -> float:
        # Fields 14 and 15 are user and system time (proc(5)); the name before them may hold spaces.
        fields = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _connect(self) -> http.client.HTTPConnection:
        assert self._address.hostname is not None
        return http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=_PATIENCE)

    def _headers(self, headers: dict[str, str]) -> dict[str, str]:
        return {**headers, "Authorization": f"Bearer {self._token}"} if self._token else headers


def _answer(connection: http.client.HTTPConnection) -> Any:
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status >= 400:
        raise SystemExit(f"Tracklift answered {answer.status}: {body.decode()}")
    return json.loads(body) if body else None


def _make_video(folder: Path, size: int) -> Video:
    file = folder / "hour.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *_HOUR.split(), str(file)]
    subprocess.run(command, check=True)
    real = file.read_bytes()
    file.unlink()
    return Video(real, max(size, len(real) + 16))


def _disk_rate(folder: Path, size: int) -> float:
    """Write as many bytes as plainly as can be, and give bytes a second: what no upload can surpass."""
    file = folder / "plain"
    began = time.monotonic()
    with file.open("wb", buffering=0) as opened:
        for _ in range(size // len(_PIECE)):
            opened.write(_PIECE)
        os.fsync(opened.fileno())
    rate = size / (time.monotonic() - began)
    file.unlink()
    return rate


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the upload (default: 2)")
    parser.add_argument(
        "--folder", type=Path, help="where the data folder is made (default: a temporary one)"
    )
    arguments = parser.parse_args()
    size = int(arguments.gigabytes * 10**9)
    with tempfile.TemporaryDirectory(dir=arguments.folder, prefix="tracklift-bench-") as made:
        folder = Path(made)
        video = _make_video(folder, size)
        print(
            f"Disk alone: {_disk_rate(folder, size) / _MB:.0f} MB/s (one write of {size / _MB:.0f} MB with fsync)"
        )
        tracklift = Tracklift(folder)
        try:
            idle, phases = _measure(tracklift, video)
        finally:
            tracklift.stop()
    _report(idle, phases)
    raise SystemExit(0 if max(phase.peak for phase in phases) - idle <= GOAL else 1)


def _measure(tracklift: Tracklift, video: Video) -> tuple[int, list[Phase]]:
    tracklift.log_in()
    idle = tracklift.resident
    phases = []
    with tracklift.measured("upload, as a form") as phase:
        conversion_id = tracklift.upload(video, as_form=True)
        phase.size = video.size
    phases.append(phase)
    with tracklift.measured("conversion, 320 kbit/s") as phase:
        tracklift.wait_until_converted(conversion_id)
    phases.append(phase)
    with tracklift.measured("download") as phase:
        phase.size = tracklift.download(conversion_id)
    phases.append(phase)
    with tracklift.measured("upload, bare") as phase:
        conversion_id = tracklift.upload(video, as_form=False)
        phase.size = video.size
    phases.append(phase)
    tracklift.call("POST", f"/v1/conversions/{conversion_id}/cancel")
    return idle, phases


def _report(idle: int, phases: list[Phase]) -> None:
    print(f"Idle: {idle / _MB:.0f} MB")
    print(f"{'':24}{'peak':>8}{'+idle':>8}{'size':>9}{'time':>9}{'rate':>11}{'processor':>11}")
    for phase in phases:
        rate = f"{phase.size / _MB / phase.seconds:.0f} MB/s" if phase.size else ""
        print(
            f"{phase.name:24}{phase.peak / _MB:>5.0f} MB{(phase.peak - idle) / _MB:>5.0f} MB"
            f"{phase.size / _MB:>6.0f} MB{phase.seconds:>7.1f} s{rate:>11}{phase.processor / phase.seconds:>10.0%}"
        )


if __name__ == "__main__":
    main()
