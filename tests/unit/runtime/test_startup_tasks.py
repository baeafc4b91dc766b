"""A service prepares itself whatever is down, and says what it waits for."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.startup_tasks import StartupTasks

SOON = timedelta(milliseconds=1)


class Server:
    """Something that is down for a number of tries."""

    def __init__(self, *, down_for: int = 0, reasons: tuple[str, ...] = ("connection refused",)) -> None:
        self.tries = 0
        self._down_for = down_for
        self._reasons = reasons
        self.reached = asyncio.Event()

    async def prepare(self) -> None:
        self.tries += 1
        if self.tries <= self._down_for:
            raise ServiceUnavailableError("MongoDB", self._reasons[(self.tries - 1) % len(self._reasons)])
        self.reached.set()


async def run(tasks: StartupTasks, until: asyncio.Event) -> None:
    """Run start-up tasks until something has happened, and stop them."""
    stopping = asyncio.Event()
    running = asyncio.create_task(tasks.run(stopping))
    await until.wait()
    # One more turn, so that the step which set the event has returned.
    await asyncio.sleep(0)
    stopping.set()
    await running


async def test_before_the_first_try_nothing_is_ready() -> None:
    """A service that has just started does not claim to work."""
    with pytest.raises(ServiceUnavailableError, match="MongoDB is not available: it has not been tried yet"):
        await StartupTasks({"MongoDB": Server().prepare}).check()


async def test_all_steps_are_taken_once_and_it_is_ready() -> None:
    """Where everything is up, each step is taken once, in order."""
    first, second = Server(), Server()
    tasks = StartupTasks({"MongoDB": first.prepare, "RabbitMQ": second.prepare}, retry=SOON)

    await run(tasks, second.reached)

    await tasks.check()
    assert (first.tries, second.tries) == (1, 1)


async def test_a_step_is_taken_again_until_it_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    """No order of starting is needed, and an outage is one line of the log."""
    server = Server(down_for=3)
    tasks = StartupTasks({"MongoDB": server.prepare}, retry=SOON)

    await run(tasks, server.reached)

    await tasks.check()
    assert server.tries == 4
    assert caplog.text.count("Waiting for MongoDB") == 1


async def test_a_new_reason_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """Once one problem is fixed, the next one is reported."""
    server = Server(down_for=2, reasons=("connection refused", "authentication failed"))

    await run(StartupTasks({"MongoDB": server.prepare}, retry=SOON), server.reached)

    assert "connection refused" in caplog.text
    assert "authentication failed" in caplog.text


async def test_the_step_that_is_missing_is_named() -> None:
    """Readiness tells which of the servers is down."""
    tried = asyncio.Event()

    async def down() -> None:
        tried.set()
        raise ServiceUnavailableError("RabbitMQ", "connection refused")

    tasks = StartupTasks({"MongoDB": Server().prepare, "RabbitMQ": down}, retry=timedelta(hours=1))

    await run(tasks, tried)

    with pytest.raises(ServiceUnavailableError, match=r"RabbitMQ.*connection refused"):
        await tasks.check()


async def test_it_stops_while_it_waits() -> None:
    """A service that waits for a server can be told to stop like any other."""
    stopping = asyncio.Event()
    stopping.set()
    server = Server(down_for=10**6)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(10):
            await StartupTasks({"MongoDB": server.prepare}).run(stopping)
            return
    pytest.fail("it did not stop")


async def test_work_begins_once_everything_is_prepared() -> None:
    """Nobody reads a table that is not made yet."""
    server, began = Server(down_for=2), asyncio.Event()

    async def work(stopping: asyncio.Event) -> None:
        assert server.reached.is_set()
        began.set()

    tasks = StartupTasks({"MongoDB": server.prepare}, retry=SOON)
    working = asyncio.create_task(tasks.before(work)(asyncio.Event()))

    await run(tasks, began)

    await working


async def test_work_that_was_never_prepared_never_begins() -> None:
    """A service that is stopped while it waits for a server ends without having done anything."""
    stopping, began = asyncio.Event(), asyncio.Event()

    async def work(stopping: asyncio.Event) -> None:
        began.set()

    tasks = StartupTasks({"MongoDB": Server(down_for=10**6).prepare}, retry=SOON)
    stopping.set()

    await asyncio.gather(tasks.before(work)(stopping), tasks.run(stopping))

    assert not began.is_set()


async def test_what_the_steps_prepare_is_not_looked_at_before() -> None:
    """A table that is still to be made is no fault of the database."""
    looked: list[str] = []

    async def look() -> None:
        looked.append("at a table")

    server = Server()
    tasks = StartupTasks({"MySQL": server.prepare}, retry=SOON)
    check = tasks.before_check(look)
    with pytest.raises(ServiceUnavailableError):
        await check()
    assert looked == []

    await run(tasks, server.reached)

    await check()
    assert looked == ["at a table"]
