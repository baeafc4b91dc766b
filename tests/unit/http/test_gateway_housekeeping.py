"""What the gateway does beside answering: it tidies up, and lets go of what belonged to users who are gone."""

from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, BOB, NOW, a_user
from tests.unit.http.backstage import Backstage, gateway_use_cases, one_chunk
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionCompleted
from tracklift_domain.identifiers import MediaId
from tracklift_domain.messaging.delivery import Done
from tracklift_domain.notification.events import OutcomeHandled
from tracklift_domain.user.events import UserDeleted
from tracklift_gateway.housekeeping_jobs import gateway_housekeeping_jobs
from tracklift_gateway.subscription import CONFIRMATION_SUBSCRIPTION, GATEWAY_SUBSCRIPTION
from tracklift_notification.subscription import NOTIFICATION_SUBSCRIPTION
from tracklift_runtime.housekeeping import Housekeeping

HOUR = timedelta(hours=1)


async def test_everything_that_belongs_to_a_deleted_user_goes(backstage: Backstage) -> None:
    await backstage.add_completed(number=1)
    await backstage.add_completed(number=2, owner_id=BOB)
    news = UserDeleted.of(a_user(ADA), NOW)
    assert type(news) in GATEWAY_SUBSCRIPTION.event_types

    disposition = await gateway_use_cases(backstage).delete_conversions_of_user()(news)

    assert isinstance(disposition, Done)
    assert await backstage.stored_conversions(ADA) == []
    assert len(await backstage.stored_conversions(BOB)) == 1
    assert len(await backstage.stored_media()) == 1


async def test_an_outcome_that_is_confirmed_is_announced_no_more(backstage: Backstage) -> None:
    completed = await backstage.add_completed(number=1, unconfirmed_since=NOW)
    confirmation = OutcomeHandled.of(ConversionCompleted.of(completed), NOW)
    assert type(confirmation) in CONFIRMATION_SUBSCRIPTION.event_types

    disposition = await gateway_use_cases(backstage).note_handled_outcome()(confirmation)

    assert isinstance(disposition, Done)
    (stored,) = await backstage.stored_conversions()
    assert stored.unconfirmed_since is None


async def test_every_job_finds_what_it_is_for(backstage: Backstage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await backstage.add_conversion(1, state=ConversionState.UPLOADING, expires_at=NOW)
    await backstage.add_conversion(2)
    await backstage.broker.declare([NOTIFICATION_SUBSCRIPTION])
    await backstage.add_completed(number=3, unconfirmed_since=NOW)
    await backstage.media.write(MediaId("nobodys"), one_chunk(b"x"))
    backstage.clock.advance(2 * HOUR)

    await Housekeeping(gateway_housekeeping_jobs(gateway_use_cases(backstage)), every=HOUR)()

    assert [record.getMessage() for record in caplog.records] == [
        "Housekeeping: end what has outlived its time (1).",
        "Housekeeping: delete media that nothing needs (1).",
        "Housekeeping: announce conversions again that stand still (1).",
        "Housekeeping: announce outcomes again that are not confirmed (1).",
    ]
