"""Opens everything that is kept in the data folder, in order."""

from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.system.exclusive_folder import exclusive_folder
from tracklift_adapters.system.private_folder import make_private
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_standalone.container import StandaloneContainer
from tracklift_standalone.subscriptions import SUBSCRIPTIONS


async def open_data(container: StandaloneContainer) -> None:
    """Take the data folder for this process, bring it up to date and clear away what a dead process left.

    The container's exits give the folder back, once all in it is closed.

    Raises:
        FolderHeldError: another process has the folder.
        UnusableQueueFileError: the queue's file can't be used.
        ServiceUnavailableError: the folder or something else in it can't be used.
    """
    folder = container.settings().data_folder
    # First, since the lock would follow a symbolic link that another user has put there.
    make_private(folder)
    container.exits().enter_context(exclusive_folder(folder))
    container.signing_key()
    await _bring_up_to_date(container)
    await container.ended_access().refresh()
    await container.queue().open()
    await _clear_away(container)
    await container.extractor().prepare()


async def _bring_up_to_date(container: StandaloneContainer) -> None:
    try:
        await migrate(container.engine())
    except ServiceUnavailableError as error:
        file = container.settings().database_file
        raise ServiceUnavailableError(f"The database {file}", error.reason) from error


async def _clear_away(container: StandaloneContainer) -> None:
    # The folder is this process's alone, so no other process needs what is half done in it.
    await container.queue().release_leases()
    await container.delivery_log().release_claims()
    await container.media().sweep_unfinished(container.clock().now())
    await container.extractor().sweep_jobs()
    await container.queue().declare(SUBSCRIPTIONS)
