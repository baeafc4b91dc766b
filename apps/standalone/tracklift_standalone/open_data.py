"""Opens everything that is kept in the data folder, in order."""

from tracklift_adapters.sql.migrate import migrate
from tracklift_adapters.system.exclusive_folder import exclusive_folder
from tracklift_adapters.system.private_folder import make_private
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_standalone.container import StandaloneContainer
from tracklift_standalone.subscriptions import SUBSCRIPTIONS


async def open_data(container: StandaloneContainer) -> None:
    """Lock the data folder for this process, migrate it and clean up after a process that died.

    The container's `exits` release the folder once everything in it is closed.

    Raises:
        FolderHeldError: another process has the folder.
        UnusableQueueFileError: the file of the queue can't be used.
        ServiceUnavailableError: the folder or something else in it can't be used.
    """
    folder = container.settings().data_folder
    # Before the lock, which would follow a symbolic link that another user has put there.
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
    # Only this process has the folder, so no other process needs the unfinished work in it.
    await container.queue().release_leases()
    await container.delivery_log().release_claims()
    await container.media().sweep_unfinished(container.clock().now())
    await container.extractor().sweep_jobs()
    await container.queue().declare(SUBSCRIPTIONS)
