"""How the providers of an installation are read: a list of names, and variables for each name."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tracklift_adapters.environment.openid_settings import OpenIdProviderSettings, OpenIdSettings
from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables

COMPANY = {
    "TRACKLIFT_OPENID_PROVIDERS": "company",
    "TRACKLIFT_OPENID_COMPANY_ISSUER": "https://login.example.org/",
    "TRACKLIFT_OPENID_COMPANY_CLIENT_ID": "tracklift",
}


def read(variables: Mapping[str, str]) -> Mapping[str, OpenIdProviderSettings]:
    return read_settings(OpenIdSettings, variables).openid_providers


def test_there_are_no_providers_unless_told_otherwise() -> None:
    assert read({}) == {}
    assert read({"TRACKLIFT_OPENID_PROVIDERS": " , "}) == {}


def test_a_provider_is_read_as_it_is_written() -> None:
    """With the slash at the end of its issuer, where it has one."""
    assert read(COMPANY) == {
        "company": OpenIdProviderSettings(issuer="https://login.example.org/", client_id="tracklift")
    }


def test_any_number_of_providers_is_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    more = {
        "TRACKLIFT_OPENID_PROVIDERS": " my_google,company ",
        "TRACKLIFT_OPENID_MY_GOOGLE_ISSUER": "https://accounts.google.com",
        "TRACKLIFT_OPENID_MY_GOOGLE_CLIENT_ID": "id",
        "TRACKLIFT_OPENID_MY_GOOGLE_CLIENT_SECRET_FILE": str(secret),
    }

    providers = read(COMPANY | more)

    assert list(providers) == ["my_google", "company"]
    assert providers["my_google"].client_secret == "s3cret"


def test_a_secret_is_not_shown() -> None:
    provider = read(COMPANY | {"TRACKLIFT_OPENID_COMPANY_CLIENT_SECRET": "s3cret"})["company"]

    assert provider.client_secret == "s3cret"
    assert "s3cret" not in repr(provider)


@pytest.mark.parametrize("name", ["Company", "my-company", "../company", "1company", "ä", "x" * 33, "a b"])
def test_a_name_that_can_stand_in_no_address_and_no_variable_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=r"^TRACKLIFT_OPENID_PROVIDERS has names of small letters"):
        read(COMPANY | {"TRACKLIFT_OPENID_PROVIDERS": f"company,{name}"})


@pytest.mark.parametrize("missing", ["ISSUER", "CLIENT_ID"])
def test_a_variable_that_a_name_lacks_is_named(missing: str) -> None:
    variable = f"TRACKLIFT_OPENID_COMPANY_{missing}"

    with pytest.raises(SettingsError, match=rf"^{variable} is not set\.$"):
        read({name: value for name, value in COMPANY.items() if name != variable})


@pytest.mark.parametrize(
    "issuer",
    [
        "login.example.org",
        "http://login.example.org",
        "http://127.0.0.1.example.org",
        "ftp://login.example.org",
        "https://",
        "https://login.example.org?tenant=1",
        "https://login.example.org/#realm",
        "https://" + "x" * 250,
    ],
)
def test_an_issuer_that_is_no_address_by_https_is_refused(issuer: str) -> None:
    with pytest.raises(SettingsError, match=r"^TRACKLIFT_OPENID_COMPANY_ISSUER (begins with|has at most)"):
        read(COMPANY | {"TRACKLIFT_OPENID_COMPANY_ISSUER": issuer})


@pytest.mark.parametrize("issuer", ["http://localhost:8080/realms/x", "http://127.0.0.1:1", "http://[::1]:1"])
def test_an_issuer_on_the_same_machine_needs_no_https(issuer: str) -> None:
    assert read(COMPANY | {"TRACKLIFT_OPENID_COMPANY_ISSUER": issuer})["company"].issuer == issuer


def test_variables_of_a_name_that_is_listed_are_no_reason_to_warn(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_unknown_variables(COMPANY | {"TRACKLIFT_OPENID_COMPANY_CLIENT_SECRET_FILE": "/run/secrets/x"})

    assert caplog.messages == []


def test_variables_of_a_name_that_is_not_listed_are_named(caplog: pytest.LogCaptureFixture) -> None:
    warn_of_unknown_variables(COMPANY | {"TRACKLIFT_OPENID_OTHER_ISSUER": "https://other.example"})

    (line,) = caplog.messages
    assert "TRACKLIFT_OPENID_OTHER_ISSUER" in line
    assert "COMPANY" not in line
