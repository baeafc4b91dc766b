"""The web application knows the interface as it is."""

from tests.web_api import FILE, current_api


def test_the_types_of_the_web_application_are_made_of_the_interface_as_it_is() -> None:
    """`make web-api` brings them up to date."""
    assert FILE.read_text(encoding="utf-8") == current_api()
