"""How commands that work on the data folder start and exit."""

import asyncio
import os
from collections.abc import Coroutine
from typing import TYPE_CHECKING, TypeVar

from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_adapters.local_queue.errors import UnusableQueueFileError
from tracklift_adapters.system.private_folder import make_new_files_private
from tracklift_domain.errors import DomainError
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.running import fail

if TYPE_CHECKING:
    from tracklift_standalone.settings import StandaloneSettings

_Result = TypeVar("_Result")


def run_with_data(work: Coroutine[None, None, _Result]) -> _Result:
    """Run work on the data folder, and exit with a message if it fails."""
    from tracklift_adapters.process.logs import log_to_standard_error  # noqa: PLC0415
    from tracklift_standalone.existing_data import NoDataError  # noqa: PLC0415

    log_to_standard_error(level="ERROR", form="text")
    make_new_files_private()
    try:
        return asyncio.run(work)
    except (NoDataError, UnusableQueueFileError, DomainError) as error:
        fail(str(error))


def settings_of(**given: object) -> "StandaloneSettings":
    """Read the settings, and exit with a message if one is not valid."""
    try:
        return read_given(**given)
    except SettingsError as error:
        fail(str(error), ExitCode.USAGE)


def read_given(**given: object) -> "StandaloneSettings":
    """Read the settings; the command line overrides the environment. Raises `SettingsError`."""
    # Imported here, since commands that work with a remote server have no such settings.
    from tracklift_standalone.settings import StandaloneSettings  # noqa: PLC0415

    environment = dict(os.environ)
    for name, value in given.items():
        if value is not None:
            environment[f"TRACKLIFT_{name.upper()}"] = str(value)
    return read_settings(StandaloneSettings, environment)
