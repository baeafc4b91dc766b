"""What the operator does with users, also while Tracklift serves."""

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
    """Open the accounts. A process that serves mails and announces what is to be; else the next one does.

    With `new_folder`, the data folder is made if it is not there.

    Raises:
        NoDataError: it is not there.
        ServiceUnavailableError: the database can't be used.
    """
    if not new_folder:
        check_data(settings, settings.database_file)
    make_private(settings.data_folder)
    container = build(settings)
    async with container.exits():
        # A process that serves holds the folder, and has brought the database up to date. So the first admin can be
        # made before Tracklift has ever served.
        with suppress(FolderHeldError), exclusive_folder(settings.data_folder):
            await migrate(container.engine())
        yield UserCommands(container.auth())
