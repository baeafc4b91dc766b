"""What whoever runs the services asks of the gateway after a restore, or after the loss of the broker."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from tracklift_adapters.mongodb.conversion_inventory import MongoConversionInventory
from tracklift_domain.conversion.announce_outcomes_again import AnnounceOutcomesAgain
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.messaging.delivery import Done
from tracklift_domain.user.events import UserDeleted
from tracklift_gateway.runtime import GatewayRuntime
from tracklift_gateway.settings import GatewaySettings


async def list_owners(settings: GatewaySettings) -> None:
    """Write the ids of all who own a conversion, one a line.

    Raises:
        ServiceUnavailableError: MongoDB can't be reached.
    """
    async with _opened(settings) as runtime:
        for owner in sorted(await MongoConversionInventory(runtime.database()).owners()):
            sys.stdout.write(f"{owner}\n")


async def delete_conversions_of(settings: GatewaySettings, user_ids: Sequence[str]) -> None:
    """Delete all conversions of these users, as is done when a user leaves.

    Raises:
        ServiceUnavailableError: MongoDB can't be reached, or somebody else deletes the same ones: repeat it.
    """
    async with _opened(settings) as runtime:
        delete = runtime.app().delete_conversions_of_user()
        for user_id in map(UserId, user_ids):
            gone = UserDeleted(id=EventId(f"{user_id}.deleted"), time=runtime.clock().now(), user_id=user_id)
            outcome = await delete(gone)
            if not isinstance(outcome, Done):
                raise ServiceUnavailableError("MongoDB", outcome.reason)
            sys.stdout.write(f"Nothing is left of {user_id}.\n")


async def announce_outcomes(settings: GatewaySettings, *, days: int) -> None:
    """Announce again what ended in the last days; mails that are known to have been sent are not sent again.

    Raises:
        ServiceUnavailableError: MongoDB or RabbitMQ can't be reached. Repeating it does no harm.
        UnroutableEventError: notification has not made its queue yet.
    """
    async with _opened(settings) as runtime:
        await runtime.broker().open()
        announce = AnnounceOutcomesAgain(
            inventory=MongoConversionInventory(runtime.database()), publisher=runtime.broker()
        )
        announced = await announce(runtime.clock().now() - timedelta(days=days))
        sys.stdout.write(f"{announced} outcomes are announced again.\n")


@asynccontextmanager
async def _opened(settings: GatewaySettings) -> AsyncIterator[GatewayRuntime]:
    runtime = GatewayRuntime(settings=settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runtime.database().close)
        stack.push_async_callback(runtime.media().close)
        stack.push_async_callback(runtime.broker().close)
        yield runtime
