"""Codes as apps show them, held against the test vectors of RFC 6238 (appendix B, SHA-1, the last six digits)."""

import base64
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from tests.contracts.examples import NOW
from tracklift_adapters.security.one_time_codes import TotpCodes
from tracklift_domain.user.email_address import EmailAddress

SECRET = base64.b32encode(b"12345678901234567890").decode()
STEP = timedelta(seconds=30)


@pytest.fixture
def codes() -> TotpCodes:
    return TotpCodes()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_a_code_belongs_to_its_time_step(codes: TotpCodes, seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)

    assert codes.step_of(SECRET, code, now) == seconds // 30
    assert codes.step_of(SECRET, code, now + STEP) == seconds // 30
    assert codes.step_of(SECRET, code, now - STEP) == seconds // 30
    assert codes.step_of(SECRET, code, now + 2 * STEP) is None
    assert codes.step_of(SECRET, code, now - 2 * STEP) is None


@pytest.mark.parametrize(
    "code", ["", "28708", "2870820", "28708x", "٢٨٧٠٨٢", "-28708", " 287082", "0" * 10_000]
)
def test_what_is_not_six_digits_is_no_code(codes: TotpCodes, code: str) -> None:
    assert codes.step_of(SECRET, code, datetime.fromtimestamp(59, UTC)) is None


def test_the_first_step_of_all_has_none_before_it(codes: TotpCodes) -> None:
    assert codes.step_of(SECRET, "755224", datetime.fromtimestamp(0, UTC)) == 0


def test_secrets_have_160_bits_and_differ(codes: TotpCodes) -> None:
    secrets = {codes.new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert {len(base64.b32decode(secret)) for secret in secrets} == {20}


def test_an_app_that_reads_the_address_shows_the_codes(codes: TotpCodes) -> None:
    secret = codes.new_secret()

    address = codes.address(secret, EmailAddress("ada+talks@example.org"))

    app = pyotp.parse_uri(address)
    assert isinstance(app, pyotp.TOTP)
    assert (app.name, app.issuer) == ("ada+talks@example.org", "Tracklift")
    assert codes.step_of(secret, app.at(NOW), NOW) == int(NOW.timestamp()) // 30
