"""Clients of tus that are not ours, which upload a file over a line that is cut twenty times."""

import hashlib
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tusclient.client import TusClient

from tests.end_to_end.cut_line import cut_line
from tests.end_to_end.user import User
from tests.media.boxes import box

ROOT = Path(__file__).resolve().parents[2]
CUTS = 20
SIZE = 50_000_000
_PIECE = 4 * 1024**2
MOST_MEMORY = 48_000_000
"""Bytes by which a gateway may grow: some pieces on their way, and less than the file."""
Client = Callable[[str, User, Path], str]


def tuspy(address: str, user: User, file: Path) -> str:
    """Upload with tuspy, in parts, as it holds each in memory."""
    client = TusClient(f"{address}/v1/uploads", headers={"Authorization": f"Bearer {user.token}"})
    with file.open("rb") as stream:
        uploader = client.uploader(
            file_stream=stream,
            chunk_size=_PIECE,
            metadata={"filename": "tuspy.mp4", "bitrate": "96"},
            # While the server takes the connection that was cut for alive, it answers 423.
            retries=100,
            retry_delay=0.1,
        )
        uploader.upload()
    return str(uploader.url)


def tus_js_client(address: str, user: User, file: Path) -> str:
    """Upload with tus-js-client, all in one part."""
    library = ROOT / "apps/web/node_modules/tus-js-client"
    assert library.exists(), "tus-js-client is not there: 'make web' gets it"
    node = subprocess.run([ROOT / "build-support/node"], capture_output=True, text=True, check=True).stdout
    script = Path(__file__).with_name("tus_js_upload.mjs")
    done = subprocess.run(
        [Path(node.strip()) / "node", script, library, file, f"{address}/v1/uploads", user.token],
        capture_output=True,
        text=True,
        check=False,
        timeout=1000,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


CLIENTS: dict[str, Client] = {"tuspy": tuspy, "tus-js-client": tus_js_client}


def make_file(path: Path, video: Path, size: int = SIZE) -> str:
    """Make a video with noise behind it, so that no two places are alike; give its SHA-256."""
    content = video.read_bytes()
    source, digest = random.Random(11), hashlib.sha256()  # noqa: S311  # test data, no secret
    left = size - len(content)
    head = box(b"free", b"")[4:8]
    with path.open("wb") as file:
        for piece in (content, left.to_bytes(4, "big"), head):
            digest.update(piece)
            file.write(piece)
        left -= 8
        while left:
            piece = source.randbytes(min(left, _PIECE))
            digest.update(piece)
            left -= file.write(piece)
    return digest.hexdigest()


@dataclass(frozen=True)
class CutUpload:
    """What became of an upload over a line that was cut."""

    conversion_id: str
    before: int
    """Bytes of memory that the gateway had before."""
    grown: int
    """Bytes by which that had risen at its peak."""
    uncut: int
    """How often the line should have been cut and was not."""


def upload_over_a_cut_line(client: Client, user: User, file: Path, gateway: int) -> CutUpload:
    """Upload over a line that is cut at seeded random places; `gateway` is its process."""
    seeded = random.Random(f"cuts of {client.__name__}")  # noqa: S311  # test data, no secret
    cuts = sorted(seeded.sample(range(2_000, file.stat().st_size), CUTS))
    # The most memory is counted from now on (proc_pid_clear_refs(5)).
    Path(f"/proc/{gateway}/clear_refs").write_text("5")
    before = _memory(gateway)
    with cut_line(urlsplit(user.address).port or 0, cuts) as line:
        url = client(f"http://127.0.0.1:{line.port}", user, file)
    return CutUpload(url.rpartition("/")[2], before=before, grown=_memory(gateway) - before, uncut=line.left)


def assert_that_a_cut_line_changes_nothing(
    client: Client, user: User, file: Path, sha256: str, gateway: int
) -> None:
    """Upload over a line that is cut twenty times.

    The file arrives as it is, and the gateway holds no more of it than some pieces, whatever its size.
    """
    size = file.stat().st_size
    upload = upload_over_a_cut_line(client, user, file, gateway)
    sys.stderr.write(
        f"{client.__name__}: {size:,} bytes, {CUTS} cuts; the gateway grew by {upload.grown:,} bytes\n"
    )

    assert upload.uncut == 0
    record = user.record(upload.conversion_id)
    assert (record["source"]["size"], record["source"]["sha256"]) == (size, sha256)
    assert record["options"]["bitrate"] == 96
    assert user.wait_for_end(upload.conversion_id)["state"] == "completed"
    assert upload.grown < MOST_MEMORY


def _memory(process: int) -> int:
    """Give the most memory that a process has had, in bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
