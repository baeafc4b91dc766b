"""Access to users for the operator's commands, which may run while Tracklift is serving."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.system.exclusive_folder import FolderHeldError, exclusive_folder
from tracklift_adapters.system.private_folder import make_private
from tracklift_auth.user_commands import UserCommands
from tracklift_standalone.container import build
from tracklift_standalone.existing_data import check_data
from tracklift_standalone.settings import StandaloneSettings


@asynccontextmanager
async def user_commands(
    settings: StandaloneSettings, *, new_folder: bool = False
) -> AsyncIterator[UserCommands]:
    """Open the accounts. The resulting mails and events are sent by the serving process, or by the next one.

    With `new_folder`, the data folder is created if it does not exist.

    Raises:
        NoDataError: the data folder does not exist, or has no database.
        ServiceUnavailableError: the database can't be used.
    """
    if not new_folder:
        check_data(settings, settings.database_file)
    make_private(settings.data_folder)
    container = build(settings)
    async with container.exits():
        # A serving process holds the folder and has migrated the database. Otherwise it is migrated here, so that
        # the first admin can be created before Tracklift has ever served.
        with suppress(FolderHeldError), exclusive_folder(settings.data_folder):
            await migrate(container.engine())
        yield UserCommands(container.auth())
