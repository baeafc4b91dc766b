"""The outcome of a conversion is mailed only where it is proved that the address is its user's."""

from dataclasses import replace

import pytest

from tests.contracts.examples import ADA, a_user
from tests.unit.builders import ADA_CALLS, FINAL, PASSING, queued
from tests.unit.faults import Act, raising
from tests.unit.workshop import Workshop, an_upload
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import Failure
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress

UNVERIFIED = Owner(user_id=ADA, email=ADA_CALLS.email, email_verified=False)
STRANGER_CALLS = replace(ADA_CALLS, email_verified=False)


def failing(failure: Failure) -> Act:
    return raising(ExtractionError(failure.code, failure.detail))


async def run(workshop: Workshop, conversion: Conversion) -> Conversion:
    await workshop.run()(ConversionRequested.of(conversion))
    return await workshop.stored.get(conversion.id)


async def outcomes(workshop: Workshop) -> list[ConversionCompleted | ConversionFailed]:
    return [
        event
        for event in await workshop.events()
        if isinstance(event, ConversionCompleted | ConversionFailed)
    ]


class TestAtTheUpload:
    @pytest.mark.parametrize("caller", [ADA_CALLS, STRANGER_CALLS])
    async def test_the_record_says_what_the_access_token_says(
        self, workshop: Workshop, caller: Caller
    ) -> None:
        conversion = await workshop.submit()(caller, an_upload())
        assert conversion.owner.email_verified is caller.email_verified

    def test_a_token_that_says_nothing_proves_nothing(self) -> None:
        """Tokens of the release before are of this kind for some minutes."""
        assert not Caller(user_id=a_user().id, email=a_user().email).email_verified


class TestAtTheOutcome:
    async def test_record_and_event_say_that_the_address_is_not_verified(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(owner=UNVERIFIED))
        done = await run(workshop, conversion)
        (event,) = await outcomes(workshop)
        assert done.state is ConversionState.COMPLETED
        assert not done.owner.email_verified
        assert not event.email_verified

    async def test_an_address_that_was_verified_since_the_upload_counts(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(owner=UNVERIFIED))
        await workshop.verified.record(ADA, UNVERIFIED.email)
        done = await run(workshop, conversion)
        (event,) = await outcomes(workshop)
        assert done.owner.email_verified
        assert event == ConversionCompleted.of(done)
        assert event.email_verified

    async def test_another_address_of_the_user_does_not(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(owner=UNVERIFIED))
        await workshop.verified.record(ADA, EmailAddress("ada.lovelace@example.org"))
        assert not (await run(workshop, conversion)).owner.email_verified

    async def test_it_counts_for_a_failure_too(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(owner=UNVERIFIED))
        await workshop.verified.record(ADA, UNVERIFIED.email)
        workshop.extractor.acts = [failing(FINAL)]
        failed = await run(workshop, conversion)
        assert await outcomes(workshop) == [ConversionFailed.of(failed)]
        assert failed.owner.email_verified

    async def test_a_failure_that_is_no_outcome_announces_nothing(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued(owner=UNVERIFIED))
        workshop.extractor.acts = [failing(PASSING)]
        again = await run(workshop, conversion)
        assert again.state is ConversionState.QUEUED
        assert await outcomes(workshop) == []

    async def test_a_verified_address_is_not_looked_up(self, workshop: Workshop) -> None:
        """The access token was proof enough, whether or not the news of it has come by here."""
        done = await run(workshop, await workshop.keep(queued()))
        assert done.owner.email_verified
