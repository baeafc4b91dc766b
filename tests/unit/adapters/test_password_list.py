import pytest

from tracklift_adapters.password_list.common_passwords import ListedPasswords


@pytest.mark.parametrize("password", ["password", "123456789123", "1qaz2wsx3edc", "leavemealone"])
def test_a_password_out_of_leaks_is_known(password: str) -> None:
    assert ListedPasswords().contains(password)


@pytest.mark.parametrize("password", ["", "correct horse battery", "PASSWORD"])
def test_another_one_is_not(password: str) -> None:
    assert not ListedPasswords().contains(password)
