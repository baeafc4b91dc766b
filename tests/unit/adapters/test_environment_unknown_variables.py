"""A misspelt variable is named when an app starts, and what other apps or Kubernetes set is not."""

from dataclasses import fields

import pytest

from tracklift_adapters.environment.unknown_variables import KNOWN_SETTINGS, warn_of_unknown_variables
from tracklift_auth.settings import AuthSettings
from tracklift_converter.settings import ConverterSettings
from tracklift_gateway.settings import GatewaySettings
from tracklift_notification.settings import NotificationSettings
from tracklift_standalone.settings import StandaloneSettings

APPS = (AuthSettings, ConverterSettings, GatewaySettings, NotificationSettings, StandaloneSettings)


def test_the_settings_of_all_apps_are_known_and_no_others() -> None:
    assert {field.name for app in APPS for field in fields(app)} == KNOWN_SETTINGS


def test_misspelt_variables_are_named_in_one_line_with_what_may_be_meant(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Without their values, which may be secret."""
    warn_of_unknown_variables(
        {
            "TRACKLIFT_CONVERTORS": "4",
            "TRACKLIFT_MONGODB_URI_FILE": "/run/secrets/mongodb-url",
            "TRACKLIFT_GARBAGE": "hunter2",
        }
    )

    (line,) = caplog.messages
    assert line == (
        "No setting has this name, so it is ignored: TRACKLIFT_CONVERTORS (did you mean TRACKLIFT_CONVERTERS?),"
        " TRACKLIFT_GARBAGE, TRACKLIFT_MONGODB_URI_FILE (did you mean TRACKLIFT_MONGODB_URL?)."
    )


def test_settings_of_any_app_are_no_reason_to_warn(caplog: pytest.LogCaptureFixture) -> None:
    """Pods often share one ConfigMap."""
    warn_of_unknown_variables(
        {f"TRACKLIFT_{name.upper()}": "1" for name in KNOWN_SETTINGS}
        | {f"TRACKLIFT_{name.upper()}_FILE": "/run/secrets/1" for name in KNOWN_SETTINGS}
    )

    assert caplog.messages == []


def test_variables_of_others_and_empty_ones_are_no_reason_to_warn(caplog: pytest.LogCaptureFixture) -> None:
    """Kubernetes sets some for each Service of a namespace, here for one called tracklift-gateway."""
    warn_of_unknown_variables(
        {
            "PATH": "/usr/bin",
            "TRACKLIFT_CONVERTORS": "",
            "TRACKLIFT_GATEWAY_SERVICE_HOST": "10.0.0.11",
            "TRACKLIFT_GATEWAY_SERVICE_PORT": "80",
            "TRACKLIFT_GATEWAY_SERVICE_PORT_HTTP": "80",
            "TRACKLIFT_GATEWAY_PORT": "tcp://10.0.0.11:80",
            "TRACKLIFT_GATEWAY_PORT_80_TCP": "tcp://10.0.0.11:80",
            "TRACKLIFT_GATEWAY_PORT_80_TCP_PROTO": "tcp",
            "TRACKLIFT_GATEWAY_PORT_80_TCP_PORT": "80",
            "TRACKLIFT_GATEWAY_PORT_80_TCP_ADDR": "10.0.0.11",
        }
    )

    assert caplog.messages == []
