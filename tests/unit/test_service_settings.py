"""Which settings the services take, and which they refuse."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import timedelta

import pytest

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.http.server.connection_limits import ConnectionLimits, connections_for
from tracklift_auth.__main__ import main as auth
from tracklift_auth.settings import AuthSettings
from tracklift_converter.__main__ import main as converter
from tracklift_converter.settings import ConverterSettings
from tracklift_domain.user.mailed_link.policies import MailedTokenPolicy
from tracklift_domain.user.registration.registration import RegistrationMode, RegistrationPolicy
from tracklift_gateway.__main__ import main as gateway
from tracklift_gateway.settings import GatewaySettings
from tracklift_notification.__main__ import main as notification
from tracklift_notification.settings import NotificationSettings
from tracklift_standalone.settings import StandaloneSettings

SERVICES = (GatewaySettings, AuthSettings, ConverterSettings, NotificationSettings)
NEEDED = {
    "TRACKLIFT_PUBLIC_URL": "https://tracklift.example",
    "TRACKLIFT_AUTH_URL": "http://auth",
    "TRACKLIFT_MONGODB_URL": "mongodb://mongodb",
    "TRACKLIFT_MYSQL_URL": "mysql://mysql/tracklift",
    "TRACKLIFT_RABBITMQ_URL": "amqp://rabbitmq",
    "TRACKLIFT_SIGNING_KEY_FILE": "/run/secrets/key.pem",
    "TRACKLIFT_SMTP_HOST": "mail",
    "TRACKLIFT_MAIL_FROM": "tracklift@example.org",
}
WRONG = {
    "API_KEYS_PER_USER": "0",
    "CONVERTERS": "0",
    "HOUSEKEEPING_EVERY": "0s",
    "KEEP_AUDIO": "0s",
    "KEEP_SOURCE": "-1s",
    "LARGEST_VIDEO": "0",
    "LOG_LEVEL": "LOUD",
    "MAIL_FROM": "nobody",
    "PASSWORD_THREADS": "0",
    "PORT": "-1",
    "PUBLIC_URL": "tracklift.example",
    "RABBITMQ_HEARTBEAT": "0s",
    "REGISTRATION": "ajar",
    "REGISTRATION_DOMAINS": "example.org @example.net",
    "SMTP_PORT": "0",
    "SMTP_SECURITY": "hope",
}
"""A value out of range of each group of settings that apps share."""
Settings = GatewaySettings | AuthSettings | ConverterSettings | NotificationSettings | StandaloneSettings


def read(kind: type[Settings], **more: str) -> Settings:
    variables: Mapping[str, str] = NEEDED | {f"TRACKLIFT_{name}": value for name, value in more.items()}
    return read_settings(kind, variables)


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_can_be_told_how_soon_a_hanging_connection_is_given_up(service: type[Settings]) -> None:
    """Half a minute by default, and never less than the second that AMQP counts in."""
    default, told = read(service), read(service, RABBITMQ_HEARTBEAT="5s")

    assert not isinstance(default, StandaloneSettings)
    assert not isinstance(told, StandaloneSettings)
    assert default.rabbitmq_heartbeat == timedelta(seconds=30)
    assert told.rabbitmq_heartbeat == timedelta(seconds=5)
    with pytest.raises(SettingsError, match="TRACKLIFT_RABBITMQ_HEARTBEAT is at least 1 s"):
        read(service, RABBITMQ_HEARTBEAT="900ms")


@pytest.mark.parametrize(
    ("app", "name"),
    [
        (app, name)
        for app in (*SERVICES, StandaloneSettings)
        for name in WRONG
        if name.lower() in {field.name for field in fields(app)}
    ],
)
def test_a_wrong_value_is_refused_by_every_app_that_has_the_setting(app: type[Settings], name: str) -> None:
    with pytest.raises(SettingsError, match=rf"^TRACKLIFT_{name} \S.*\.$"):
        read(app, **{name: WRONG[name]})


@pytest.mark.parametrize(
    ("main", "name"),
    [
        (auth, "PASSWORD_THREADS"),
        (converter, "CONVERTERS"),
        (gateway, "LARGEST_VIDEO"),
        (notification, "MAIL_FROM"),
        (notification, "SMTP_PORT"),
    ],
)
def test_a_wrong_value_stops_a_service_at_its_start_with_one_line_that_names_the_variable(
    main: Callable[[], int], name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code 2, before it connects to anything. The value is not repeated."""
    monkeypatch.setattr(sys, "argv", ["service"])
    monkeypatch.setattr(os, "environ", NEEDED | {f"TRACKLIFT_{name}": WRONG[name]})

    assert main() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f": TRACKLIFT_{name} is " in line


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_without_any_setting_names_the_broker_first(service: type[Settings]) -> None:
    """All services alike: an image that is started bare says the same, whichever it is."""
    with pytest.raises(SettingsError, match=r"^TRACKLIFT_RABBITMQ_URL is not set\.$"):
        read_settings(service, {})


@pytest.mark.parametrize("app", [ConverterSettings, StandaloneSettings])
def test_each_app_that_converts_can_be_told_how_long_an_extraction_may_stand_still(
    app: type[Settings],
) -> None:
    """A minute by default."""
    default, told = read(app), read(app, LONGEST_STALL="3m")

    assert isinstance(default, ConverterSettings | StandaloneSettings)
    assert isinstance(told, ConverterSettings | StandaloneSettings)
    assert default.longest_stall == timedelta(minutes=1)
    assert told.longest_stall == timedelta(minutes=3)
    with pytest.raises(SettingsError, match="TRACKLIFT_LONGEST_STALL is more than 0"):
        read(app, LONGEST_STALL="0s")


@pytest.mark.parametrize("app", [AuthSettings, StandaloneSettings])
def test_each_app_with_users_can_be_told_how_long_links_in_mails_are_valid(app: type[Settings]) -> None:
    """An hour to reset a password and a day to verify an address by default."""
    default, told = read(app), read(app, PASSWORD_RESET_LASTS="10m", EMAIL_VERIFICATION_LASTS="3d")

    assert isinstance(default, AuthSettings | StandaloneSettings)
    assert isinstance(told, AuthSettings | StandaloneSettings)
    assert default.mailed_token_policy == MailedTokenPolicy()
    assert told.mailed_token_policy.password_reset_lasts == timedelta(minutes=10)
    assert told.mailed_token_policy.email_verification_lasts == timedelta(days=3)
    for name in ("PASSWORD_RESET_LASTS", "EMAIL_VERIFICATION_LASTS"):
        with pytest.raises(SettingsError, match=f"TRACKLIFT_{name} is more than 0"):
            read(app, **{name: "0s"})


@pytest.mark.parametrize("app", [AuthSettings, StandaloneSettings])
def test_every_app_with_users_can_be_told_who_may_sign_up_and_how_many_keys_a_user_may_have(
    app: type[Settings],
) -> None:
    default = read(app)
    told = read(
        app,
        REGISTRATION="closed",
        REGISTRATION_DOMAINS="example.org,  Bücher.example,",
        API_KEYS_PER_USER="3",
    )

    assert isinstance(default, AuthSettings | StandaloneSettings)
    assert isinstance(told, AuthSettings | StandaloneSettings)
    assert default.registration_policy == RegistrationPolicy()
    assert told.registration_policy == RegistrationPolicy(
        mode=RegistrationMode.CLOSED, domains=frozenset({"example.org", "xn--bcher-kva.example"})
    )
    assert (default.api_key_policy.per_user, told.api_key_policy.per_user) == (20, 3)


@pytest.mark.parametrize("app", [*SERVICES, StandaloneSettings])
def test_figures_are_on_this_machine_and_a_thousand_ports_above_unless_told_otherwise(
    app: type[Settings],
) -> None:
    default = read(app)

    assert default.metrics_address == ("127.0.0.1", default.port + 1000)
    assert read(app, PORT="0").metrics_address == ("127.0.0.1", 0)
    told = read(app, METRICS_HOST="::", METRICS_PORT="9000", PORT="65535")
    assert told.metrics_address == ("::", 9000)
    with pytest.raises(SettingsError, match="TRACKLIFT_METRICS_PORT is from 0 to 65535"):
        read(app, METRICS_PORT="65536")
    with pytest.raises(SettingsError, match="TRACKLIFT_METRICS_PORT must be set: its default"):
        read(app, PORT="64536")


@pytest.mark.parametrize("app", [*SERVICES, StandaloneSettings])
def test_each_app_can_be_told_how_its_connections_are_bounded(app: type[Settings]) -> None:
    """By default they are bounded by the descriptors of the process."""
    told = read(
        app,
        CONNECTIONS="50",
        CONNECTIONS_PER_CLIENT="7",
        CONNECTIONS_PER_SECOND="70",
        HEAD_TIMEOUT="3s",
        KEEP_ALIVE="60s",
        IDLE_DOWNLOAD="1m",
    )

    assert ConnectionLimits.of(told) == ConnectionLimits(
        total=50,
        per_client=7,
        per_second=70,
        head_timeout=timedelta(seconds=3),
        keep_alive=timedelta(minutes=1),
        idle_download=timedelta(minutes=1),
    )
    default = ConnectionLimits.of(read(app))
    assert default == ConnectionLimits(total=default.total)
    for name in ("CONNECTIONS", "CONNECTIONS_PER_CLIENT", "CONNECTIONS_PER_SECOND"):
        with pytest.raises(SettingsError, match=f"TRACKLIFT_{name} is from 1"):
            read(app, **{name: "0"})
    for name in ("HEAD_TIMEOUT", "KEEP_ALIVE", "IDLE_DOWNLOAD"):
        with pytest.raises(SettingsError, match=f"TRACKLIFT_{name} is more than 0"):
            read(app, **{name: "0s"})


@pytest.mark.parametrize(
    ("descriptors", "connections"), [(64, 16), (256, 64), (1024, 448), (4096, 1984), (1_048_576, 2000)]
)
def test_connections_leave_descriptors_for_their_files_and_for_servers(
    descriptors: int, connections: int
) -> None:
    assert connections_for(descriptors) == connections
