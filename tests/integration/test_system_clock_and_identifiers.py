"""The machine's clock and its source of identifiers."""

import re
from datetime import UTC, datetime, timedelta

from tracklift_adapters.system.clock import SystemClock
from tracklift_adapters.system.identifiers import RandomIdentifiers


def test_the_clock_tells_the_current_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.utcoffset() == timedelta(0)


def test_identifiers_are_random_uuids_without_dashes() -> None:
    """32 lower-case hexadecimal digits, 6 bits of which say version and variant (RFC 9562)."""
    identifiers = [RandomIdentifiers().new() for _ in range(1000)]

    assert all(re.fullmatch(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", found) for found in identifiers)
    assert len(set(identifiers)) == 1000


def test_secrets_have_256_bits_and_fit_into_an_address() -> None:
    found = [RandomIdentifiers().secret() for _ in range(1000)]

    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", secret) for secret in found)
    assert len(set(found)) == 1000
