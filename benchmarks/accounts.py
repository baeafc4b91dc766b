"""What it costs to know who calls: `python -m benchmarks.accounts`.

Compares the same request verified and unverified, log-ins with a known and an unknown address, and measures the memory
of a hundred log-ins at once. All of it in one process, on a data folder of its own; requests are made without a
network, so that nothing but the application is measured.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from litestar import Litestar
from litestar.di import Provide

from tracklift_adapters.sql.migrate import migrate
from tracklift_domain.errors import DomainError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.app import create_app
from tracklift_standalone.container import StandaloneContainer, build
from tracklift_standalone.settings import StandaloneSettings

_PASSWORD = "correct horse battery"  # noqa: S105  # of a user of this benchmark's own
_REQUESTS = 1000
_LOG_INS = 15
_AT_ONCE = 100


async def _request(app: Litestar, headers: Mapping[str, str]) -> int:
    """List conversions, and give the status."""
    status = 0

    async def receive() -> Any:  # as ASGI has it
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:  # as ASGI has it
        nonlocal status
        status = message.get("status", status)

    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/v1/conversions",
        "raw_path": b"/v1/conversions",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("203.0.113.7", 4711),
        "server": ("tracklift.test", 80),
        "state": {},
    }
    await app(scope, receive, send)
    return status


async def _compare_requests(container: StandaloneContainer) -> None:
    auth = container.auth()
    await auth.register_user()("ada@example.org", _PASSWORD)
    tokens = await auth.log_in()("ada@example.org", _PASSWORD)
    caller = container.verifier().verify(tokens.access.value, container.clock().now())
    key = await auth.create_api_key()(caller, name="benchmark", scopes=list(Scope))
    cookie = container.gateway().session_cookies().access

    async def known() -> Caller:
        return caller

    verified = create_app(container.gateway(), checks={}, limits=())
    unverified = create_app(
        container.gateway(), checks={}, limits=(), more_dependencies={"caller": Provide(known)}
    )
    ways: dict[str, tuple[Litestar, dict[str, str]]] = {
        "unverified": (unverified, {"Host": "tracklift.test"}),
        "token": (verified, {"Host": "tracklift.test", "Authorization": f"Bearer {tokens.access.value}"}),
        "cookie": (verified, {"Host": "tracklift.test", "Cookie": f"{cookie}={tokens.access.value}"}),
        "API key": (verified, {"Host": "tracklift.test", "Authorization": f"Bearer {key.text}"}),
    }
    took: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(_REQUESTS + 100):
        for way, (app, headers) in ways.items():
            began = time.perf_counter()
            status = await _request(app, headers)
            # The first ones warm up.
            if number >= 100:
                took[way].append(time.perf_counter() - began)
            if status != 200:
                raise RuntimeError(f"{way}: {status}")
    base = statistics.median(took["unverified"])
    for way, times in took.items():
        median = statistics.median(times)
        _say(f"GET /v1/conversions, {way}: {median * 1000:.3f} ms, {median / base:.2f} x")


async def _compare_log_ins(container: StandaloneContainer) -> None:
    log_in = container.auth().log_in()
    took: dict[str, list[float]] = {"known address": [], "unknown address": []}
    for _ in range(_LOG_INS):
        for kind, email in (("known address", "ada@example.org"), ("unknown address", "nobody@example.org")):
            took[kind].append(await _timed(log_in(email, "a wrong pass phrase")))
    for kind, times in took.items():
        _say(f"log-in, {kind}, wrong password: {statistics.median(times) * 1000:.1f} ms")


async def _measure_memory(container: StandaloneContainer) -> None:
    log_in, before = container.auth().log_in(), _peak()
    answers = await asyncio.gather(
        *(log_in(f"user{number}@example.org", _PASSWORD) for number in range(_AT_ONCE)),
        return_exceptions=True,
    )
    refused = sorted(type(answer).__name__ for answer in answers)
    kinds = {kind: refused.count(kind) for kind in refused}
    _say(f"{_AT_ONCE} log-ins at once: {_peak() - before} MiB more at the peak; answers {kinds}")


async def _timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    with suppress(DomainError):
        await work
    return time.perf_counter() - began


def _peak() -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise RuntimeError("the system does not tell the peak of memory")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


async def _measure(folder: Path) -> None:
    container = build(StandaloneSettings(data_folder=folder, public_url="http://tracklift.test"))
    async with container.exits():
        await migrate(container.engine())
        await container.ended_access().refresh()
        await _compare_requests(container)
        await _compare_log_ins(container)
        await _measure_memory(container)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="tracklift-accounts-") as scratch:
        asyncio.run(_measure(Path(scratch)))
