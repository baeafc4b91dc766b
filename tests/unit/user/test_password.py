import pytest

from tracklift_adapters.in_memory.common_passwords import InMemoryCommonPasswords
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.password.password import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    check_password,
    is_text,
)
from tracklift_domain.user.password.password_rules import PasswordRules

EMAIL = EmailAddress("ada.lovelace@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "x" * (SHORTEST_PASSWORD - 1) + "y",
        "x" * (LONGEST_PASSWORD - 1) + "y",
        "pässwörd 講演 🎤",
        " leading and trailing ",
        "ada.lovelace@example.org2",
    ],
)
def test_a_password_of_any_characters_may_be_used(password: str) -> None:
    check_password(password, EMAIL)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "at least 12"),
        ("ninechars", "at least 12"),
        ("x" * LONGEST_PASSWORD + "y", "at most 128"),
        ("with a \0 in it", "NUL"),
        ("half a \ud83d smiley", "half a character"),
        ("xxxxxxxxxxxx", "one character repeated"),
        ("🎤" * 12, "one character repeated"),
        ("ada.lovelace@example.org", "your e-mail address"),
        ("ADA.Lovelace@Example.org", "your e-mail address"),
        ("Ada.Lovelace", "your e-mail address"),
    ],
)
def test_a_password_that_is_easily_guessed_or_no_text_is_refused(password: str, reason: str) -> None:
    with pytest.raises(WeakPasswordError, match=reason) as refused:
        check_password(password, EMAIL)
    assert password == "" or password not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "whole"), [("", True), ("🎤", True), ("\ud800", False), ("x\udfffy", False)]
)
def test_text_with_half_a_character_is_not_a_text(text: str, *, whole: bool) -> None:
    assert is_text(text) is whole


@pytest.mark.parametrize(
    "password", ["qwertyqwerty12", "QWERTYqwerty12", "letmeinletmein", "LetMeInLetMeInLetMeIn"]
)
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    """In whichever case, and repeated, too."""
    rules = PasswordRules(common=InMemoryCommonPasswords("qwertyqwerty12", "letmein"))

    with pytest.raises(WeakPasswordError, match="guessed first"):
        rules.check(password, EMAIL)
    rules.check(f"{password} and more", EMAIL)
