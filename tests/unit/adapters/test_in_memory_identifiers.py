import re

from tracklift_adapters.in_memory.identifiers import SequentialIdentifiers


def test_identifiers_have_the_form_of_real_ones_and_never_repeat() -> None:
    identifiers = SequentialIdentifiers()

    made = [identifiers.new() for _ in range(100)]

    assert all(re.fullmatch("[0-9a-f]{32}", identifier) for identifier in made)
    assert len(set(made)) == 100


def test_secrets_are_url_safe_and_never_repeat() -> None:
    identifiers = SequentialIdentifiers()

    made = [identifiers.secret() for _ in range(100)]

    assert all(re.fullmatch("[0-9A-Za-z_-]{43}", secret) for secret in made)
    assert len(set(made)) == 100


def test_a_run_can_be_repeated() -> None:
    assert [SequentialIdentifiers().new() for _ in range(2)] == ["0" * 31 + "1"] * 2
