"""Lines of the log carry what they are about."""

import asyncio

from tracklift_runtime.log_context import log_context, logged_with


def test_outside_of_everything_there_is_nothing_to_carry() -> None:
    """A line at the start of a process is about the process."""
    assert dict(log_context()) == {}


def test_values_hold_inside_and_end_with_the_context() -> None:
    """What is said of one request is not said of the next."""
    with logged_with(request_id="1"):
        with logged_with(conversion_id="2"):
            assert log_context() == {"request_id": "1", "conversion_id": "2"}
        assert log_context() == {"request_id": "1"}
    assert dict(log_context()) == {}


async def test_tasks_take_the_values_along() -> None:
    """Work that a request begins in the background is still that request's."""

    async def look() -> dict[str, str]:
        return dict(log_context())

    with logged_with(request_id="1"):
        task = asyncio.create_task(look())

    assert await task == {"request_id": "1"}
