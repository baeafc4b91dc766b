"""The text of API keys: a form that secret scanners know."""

import re
import zlib

import pytest

from tracklift_domain.user.api_key.api_key import hash_api_key, write_api_key
from tracklift_domain.user.api_key.errors import InvalidApiKeyError

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SECRETS = [f"a secret {number}" for number in range(100)]
KEY = write_api_key("a secret")


def value_of(digits: str) -> int:
    """Read a number of base 62."""
    value = 0
    for digit in digits:
        value = value * 62 + DIGITS.index(digit)
    return value


@pytest.mark.parametrize("secret", ["", *SECRETS])
def test_a_key_is_a_prefix_random_digits_and_their_checksum(secret: str) -> None:
    """As GitHub writes its tokens: base 62, with the CRC-32 in the last six digits."""
    key = write_api_key(secret)

    assert re.fullmatch(r"tl_[0-9A-Za-z]{49}", key)
    assert value_of(key[-6:]) == zlib.crc32(key[:-6].encode())


def test_each_secret_makes_a_key_of_its_own() -> None:
    assert len({hash_api_key(write_api_key(secret)) for secret in SECRETS}) == len(SECRETS)


def test_the_digits_hold_all_256_bits_of_a_hash() -> None:
    """None is cut off: the largest number that 43 digits hold is above 2 to the power of 256."""
    assert 62**43 > 2**256
    assert len({write_api_key(secret)[3:8] for secret in SECRETS}) == len(SECRETS)


def test_a_hash_is_that_of_the_whole_text_in_hexadecimal_digits() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", hash_api_key(KEY))


@pytest.mark.parametrize("position", range(3, len(KEY)))
def test_a_mistyped_digit_is_found_by_the_checksum(position: int) -> None:
    other = "0" if KEY[position] != "0" else "1"

    with pytest.raises(InvalidApiKeyError, match="checksum is wrong"):
        hash_api_key(KEY[:position] + other + KEY[position + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tl_",
        KEY[:-1],
        KEY + "0",
        KEY.upper(),
        f" {KEY}",
        f"{KEY}\n",
        KEY.replace("tl_", "TL_"),
        KEY.replace("tl_", "tl-"),
        KEY[:-1] + "é",
        KEY[:-1] + "\ud800",
        KEY[:-1] + "٣",
        "tl_" + "0" * 100_000,
        "tl_' OR 1=1 --",
    ],
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(InvalidApiKeyError, match="malformed"):
        hash_api_key(text)
