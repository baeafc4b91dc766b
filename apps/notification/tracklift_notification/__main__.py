"""Runs notification as a service: `python -m tracklift_notification`."""

import asyncio
import os
import sys

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.environment.unknown_variables import warn_of_unknown_variables
from tracklift_adapters.http.server.listeners import AddressInUseError
from tracklift_adapters.process.logs import log_to_standard_error
from tracklift_notification.serve import serve
from tracklift_notification.settings import NotificationSettings


def main() -> int:
    """Serve until a signal stops it. Exit codes: 0 success, 1 failure, 2 a setting is not valid."""
    try:
        settings = read_settings(NotificationSettings, os.environ)
    except SettingsError as error:
        sys.stderr.write(f"tracklift_notification: {error}\n")
        return 2
    log_to_standard_error(level=settings.log_level, form=settings.log_format)
    warn_of_unknown_variables(os.environ)
    try:
        return 0 if asyncio.run(serve(settings)) else 1
    except AddressInUseError as error:
        sys.stderr.write(f"tracklift_notification: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
