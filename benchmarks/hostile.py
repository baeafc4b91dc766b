"""What a normal user notices while one thousand hostile connections of each kind are kept open.

    make bench-hostile
    make bench-hostile ARGS="--connections 200 --seconds 20"
    make bench-hostile ARGS="--address http://127.0.0.1:8080 --process 1234"

Starts Tracklift in one process on a new data folder, or takes a server that runs, and lists conversions over one
connection: idle first, then beside connections that are silent, that send half of the headers, that flood with headers,
that send a body slowly, and beside all of these together. Each that ends is opened again. Prints the 99th percentile of
the list's time and its ratio to idle, errors, and the memory of the process.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx

_MB = 10**6
_HEAD = b"GET /healthz HTTP/1.1\r\nHost: tracklift.test\r\n"
_KINDS = {
    "silent": (b"", b"", 1.0),
    "half headers": (_HEAD, b"x", 1.0),
    "flood of headers": (_HEAD, b"x: y\r\n" * 10_000, 0.0),
    "slow bodies": (
        b"POST /v1/users HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
        b" ",
        5.0,
    ),
}
"""What is sent first, what again and again, and the seconds between."""


async def _be_hostile(port: int, kind: str, address: str) -> None:
    first, again, pause = _KINDS[kind]
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
            ended = asyncio.ensure_future(reader.read())
            ended.add_done_callback(lambda done: done.cancelled() or done.exception())
            try:
                writer.write(first)
                while not ended.done():
                    writer.write(again)
                    await writer.drain()
                    await asyncio.wait({ended}, timeout=pause)
            finally:
                ended.cancel()
                writer.transport.abort()
        await asyncio.sleep(0.1)


def _be_hostile_in_a_process(port: int, kinds: list[str], connections: int) -> None:
    async def all_at_once() -> None:
        # From many addresses, as otherwise the bound of one client would end them.
        await asyncio.gather(
            *(
                _be_hostile(port, kinds[number % len(kinds)], f"127.0.1.{1 + number % 50}")
                for number in range(connections)
            )
        )

    asyncio.run(all_at_once())


async def _list(client: httpx.AsyncClient, seconds: float) -> tuple[float, int, int]:
    """Give the 99th percentile in seconds, how many were asked, and how many failed."""
    times, failed, end = [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        try:
            failed += (await client.get("/v1/conversions")).status_code != 200
        except httpx.HTTPError:
            failed += 1
        times.append(time.monotonic() - began)
        await asyncio.sleep(0.02)
    return sorted(times)[len(times) * 99 // 100], len(times), failed


async def _user(client: httpx.AsyncClient) -> None:
    account = {"email": f"bench-{os.getpid()}@example.org", "password": "correct horse battery"}
    (await client.post("/v1/users", json=account)).raise_for_status()
    form = {"grant_type": "password", "username": account["email"], "password": account["password"]}
    token = (await client.post("/v1/token", data=form)).raise_for_status().json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"


def _resident(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / _MB for line in lines if line.startswith("VmHWM:"))


async def _measure(address: str, process: int, arguments: argparse.Namespace) -> None:
    port = urlsplit(address).port
    assert port is not None
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        await _user(client)
        print(f"{'':18}{'p99 of the list':>16}{'ratio':>8}{'asked':>8}{'failed':>8}{'memory':>10}")
        idle = await _list(client, arguments.seconds)
        _show("idle", idle, idle[0], process)
        for name, kinds in {**{kind: [kind] for kind in _KINDS}, "all together": list(_KINDS)}.items():
            hostile = multiprocessing.Process(
                target=_be_hostile_in_a_process, args=(port, kinds, arguments.connections), daemon=True
            )
            hostile.start()
            await asyncio.sleep(2)
            _show(name, await _list(client, arguments.seconds), idle[0], process)
            hostile.kill()
            hostile.join()


def _show(name: str, listed: tuple[float, int, int], idle: float, process: int) -> None:
    slowest, asked, failed = listed
    print(
        f"{name:18}{slowest * 1000:>13.1f} ms{slowest / idle:>8.2f}{asked:>8}{failed:>8}{_resident(process):>7.0f} MB",
        flush=True,
    )


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--connections", type=int, default=1000, help="of each kind (default: 1000)")
    parser.add_argument("--seconds", type=float, default=15.0, help="for each kind (default: 15)")
    parser.add_argument("--address", help="of a server that runs (default: start one)")
    parser.add_argument("--process", type=int, help="the id of its process, for its memory")
    arguments = parser.parse_args()
    if (arguments.address is None) != (arguments.process is None):
        parser.error("--address and --process belong together")
    if arguments.address:
        asyncio.run(_measure(arguments.address, arguments.process, arguments))
        return
    with tempfile.TemporaryDirectory(prefix="tracklift-bench-") as folder:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
        environment |= {"TRACKLIFT_PORT": "0", "TRACKLIFT_DATA_FOLDER": f"{folder}/data"}
        command = [sys.executable, "-m", "tracklift_standalone", "serve"]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                asyncio.run(_measure(process.stdout.readline().split()[4], process.pid, arguments))
            finally:
                process.terminate()


if __name__ == "__main__":
    main()
