"""Commands of the gateway for the operator, after a restore or the loss of the broker."""

import sys
from collections.abc import Sequence
from datetime import timedelta

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.messaging.delivery import Done
from tracklift_domain.user.events import UserDeleted
from tracklift_gateway.container import build
from tracklift_gateway.settings import GatewaySettings


async def list_owners(settings: GatewaySettings) -> None:
    """Write the ids of all users who own a conversion, one per line.

    Raises:
        ServiceUnavailableError: MongoDB can't be reached.
    """
    container = build(settings)
    async with container.exits():
        for owner in sorted(await container.inventory().owners()):
            sys.stdout.write(f"{owner}\n")


async def delete_conversions_of(settings: GatewaySettings, user_ids: Sequence[str]) -> None:
    """Delete all conversions of these users, as after the deletion of a user.

    Raises:
        ServiceUnavailableError: MongoDB can't be reached, or another process deletes the same ones. Repeat it.
    """
    container = build(settings)
    async with container.exits():
        delete = container.use_cases().delete_conversions_of_user()
        for user_id in map(UserId, user_ids):
            gone = UserDeleted(
                id=EventId(f"{user_id}.deleted"), time=container.clock().now(), user_id=user_id
            )
            outcome = await delete(gone)
            if not isinstance(outcome, Done):
                raise ServiceUnavailableError("MongoDB", outcome.reason)
            sys.stdout.write(f"Nothing is left of {user_id}.\n")


async def announce_outcomes(settings: GatewaySettings, *, days: int) -> None:
    """Announce again what ended in the last days. Mails that are logged as sent are not sent again.

    Raises:
        ServiceUnavailableError: MongoDB or RabbitMQ can't be reached. It is safe to repeat the command.
        UnroutableEventError: notification has not declared its queue yet.
    """
    container = build(settings)
    async with container.exits():
        await container.broker().open()
        announced = await container.announce_outcomes_again()(container.clock().now() - timedelta(days=days))
        sys.stdout.write(f"{announced} outcomes are announced again.\n")
