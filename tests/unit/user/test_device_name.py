"""Users tell their sessions apart by the kind of program and system."""

import pytest

from tracklift_domain.user.session.device_name import LONGEST_DEVICE, device_name

BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0"
WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK} Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (WINDOWS, "Chrome on Windows"),
        (f"{WINDOWS} Edg/142.0.0.0", "Edge on Windows"),
        (f"{WINDOWS} OPR/125.0.0.0", "Opera on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Safari/605.1.15", "Safari on macOS"),
        (f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {WEBKIT} Safari/604.1", "Safari on iPhone"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {BLINK} Mobile Safari/537.36", "Chrome on Android"),
        ("Firefox/1", "Firefox"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("python-httpx/0.28.1", "python-httpx/0.28.1"),
        ("podcatcher/2 (by me)", "podcatcher/2"),
    ],
)
def test_program_and_system_are_named(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


@pytest.mark.parametrize("user_agent", ["", " ", "\n", "\0", "\x7f", "ü", "\ud800", "\u202e"])
def test_what_names_nothing_has_no_name(user_agent: str) -> None:
    assert device_name(user_agent) is None


@pytest.mark.parametrize(
    "user_agent", ["x" * 100_000, "<script>alert(1)</script>", "Firefox/" * 10_000, "a\r\nb"]
)
def test_a_name_is_short_and_printable_whatever_is_sent(user_agent: str) -> None:
    name = device_name(user_agent)

    assert name is not None
    assert len(name) <= LONGEST_DEVICE
    assert name.isprintable()
