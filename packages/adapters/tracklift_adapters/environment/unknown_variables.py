"""Reports variables that no app reads: misspelt ones, or those of another version."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from difflib import get_close_matches

from tracklift_adapters.environment.account_settings import AccountSettings
from tracklift_adapters.environment.conversion_settings import ConversionSettings
from tracklift_adapters.environment.extraction_settings import ExtractionSettings
from tracklift_adapters.environment.housekeeping_settings import HousekeepingSettings
from tracklift_adapters.environment.limit_settings import LimitSettings
from tracklift_adapters.environment.mail_settings import MailSettings
from tracklift_adapters.environment.openid_settings import OpenIdSettings
from tracklift_adapters.environment.public_settings import PublicSettings
from tracklift_adapters.environment.server_settings import BrokerSettings, MongoDbSettings
from tracklift_adapters.environment.service_settings import ServiceSettings
from tracklift_adapters.environment.settings import EACH, names_in

_PREFIX = "TRACKLIFT_"
_SHARED = (
    AccountSettings,
    BrokerSettings,
    ConversionSettings,
    ExtractionSettings,
    HousekeepingSettings,
    LimitSettings,
    MailSettings,
    MongoDbSettings,
    OpenIdSettings,
    PublicSettings,
    ServiceSettings,
)
_OF_ONE_APP = (
    "auth_url",
    "data_folder",
    "keep_deliveries",
    "mail_unverified",
    "mysql_url",
    "scratch_folder",
    "signing_key_file",
)
KNOWN_SETTINGS = frozenset({*(field.name for kind in _SHARED for field in fields(kind)), *_OF_ONE_APP})
"""Of all apps, since the apps of an installation often share variables."""
_OF_COMMAND_LINE = frozenset({"api_key", "server"})
"""Variables of the command line for remote servers."""
_SERVICE_LINK = re.compile(r"_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)")
"""Kubernetes sets such variables for each Service, including those whose names begin with `tracklift-`."""
_LINKED = re.compile(r"(tcp|udp|sctp)://")

_log = logging.getLogger(__name__)


def warn_of_unknown_variables(environment: Mapping[str, str]) -> None:
    """Log in one line all variables with Tracklift's prefix that no app reads, without their values."""
    unknown = [_described(name) for name in _unknown_variables(environment)]
    if unknown:
        _log.warning("No setting has this name, so it is ignored: %s.", ", ".join(unknown))


def _unknown_variables(environment: Mapping[str, str]) -> Iterator[str]:
    known = KNOWN_SETTINGS | _OF_COMMAND_LINE | set(_settings_of_names(environment))
    for variable, value in sorted(environment.items()):
        name = variable.removeprefix(_PREFIX)
        # An empty variable counts as missing.
        if name == variable or not value or _SERVICE_LINK.search(name) or _LINKED.match(value):
            continue
        if not {name.lower(), name.removesuffix("_FILE").lower()} & known:
            yield variable


def _settings_of_names(environment: Mapping[str, str]) -> Iterator[str]:
    """Give the settings of the names in other variables, such as those of each sign-in provider."""
    for field in (field for kind in _SHARED for field in fields(kind) if EACH in field.metadata):
        kind, infix = field.metadata[EACH]
        for name in names_in(environment.get(_PREFIX + field.name.upper(), "")):
            yield from (f"{infix}{name}_{each.name}".lower() for each in fields(kind))


def _described(variable: str) -> str:
    setting = variable.removeprefix(_PREFIX).lower()
    similar = get_close_matches(setting, KNOWN_SETTINGS, n=1, cutoff=0.8)
    return f"{variable} (did you mean {_PREFIX}{similar[0].upper()}?)" if similar else variable
