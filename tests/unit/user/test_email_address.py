import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracklift_domain.user.email_address import LONGEST_ADDRESS, LONGEST_LOCAL_PART, EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada@Example.ORG\n", "ada@example.org"),
        ("a@b.c", "a@b.c"),
        ("first.last+tag@sub.domain.example.org", "first.last+tag@sub.domain.example.org"),
        ("o'hara_#!$%&*/=?^`{|}~-@example.org", "o'hara_#!$%&*/=?^`{|}~-@example.org"),
        ("ädä@exämple.org", "ädä@exämple.org"),
        ("a@xn--exmple-cua.org", "a@xn--exmple-cua.org"),
        ("a@123.example", "a@123.example"),
        ("x" * LONGEST_LOCAL_PART + "@example.org", "x" * LONGEST_LOCAL_PART + "@example.org"),
        (f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 60}", f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 60}"),
    ],
)
def test_an_address_is_taken_in_lower_case_so_that_each_person_has_one(text: str, address: str) -> None:
    assert EmailAddress(text).value == str(EmailAddress(text)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "@",
        "ada",
        "ada@",
        "@example.org",
        "ada@localhost",
        "ada@@example.org",
        "ada@home@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "ada..lovelace@example.org",
        "ada@.example.org",
        "ada@example..org",
        "ada@example.org.",
        "ada@-example.org",
        "ada@example-.org",
        "ada@exa_mple.org",
        "ada lovelace@example.org",
        "ada@exam ple.org",
        '"ada"@example.org',
        "Ada <ada@example.org>",
        "ada@[127.0.0.1]",
        "ada@example.org,bob@example.org",
        "ada@example.org;bob@example.org",
        "ada\\@example.org",
        "ada@example.org\r\nBcc: everybody@example.org",
        "ada\r\n@example.org",
        "ada\0@example.org",
        "ada\t@example.org",
        "ada\u202e@example.org",
        "ada\u00a0@example.org",
        "\ud800@example.org",
        "x" * (LONGEST_LOCAL_PART + 1) + "@example.org",
        "a@" + "b" * 64 + ".org",
        "a@" + ".".join(["b" * 63] * 4),
    ],
)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidEmailAddressError):
        EmailAddress(text)


def test_an_address_is_its_value_for_comparing_and_hashing() -> None:
    assert {EmailAddress("ada@example.org"), EmailAddress("ADA@example.org")} == {
        EmailAddress("ada@example.org")
    }


@given(st.text(max_size=80).map(lambda text: f"{text}@example.org") | st.emails() | st.text(max_size=80))
def test_an_address_that_was_taken_is_taken_again_and_fits_into_a_mail(text: str) -> None:
    """It travels as text in events, and a header of a mail must not be broken by it."""
    try:
        address = EmailAddress(text)
    except InvalidEmailAddressError:
        return
    assert EmailAddress(address.value) == address
    assert address.value.isprintable()
    assert not set(' \r\n<>,;"') & set(address.value)
    assert len(address.value) <= LONGEST_ADDRESS
