"""What gateways tell each other of conversions, as JSON."""

import json
from dataclasses import replace

import pytest

from tests.contracts.examples import ADA, conversion_id
from tracklift_adapters.rabbitmq.update_messages import decode_message, encode_update
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.watching.conversion_update import Arrival, ConversionUpdate


def an_update(arrival: Arrival | None) -> ConversionUpdate:
    return ConversionUpdate(
        conversion_id=conversion_id(1), owner_id=ADA, state=ConversionState.UPLOADING, arrival=arrival
    )


@pytest.mark.parametrize("arrival", [None, Arrival(0, None), Arrival(2**40, 2**41)])
def test_bytes_that_came_in_are_told(arrival: Arrival | None) -> None:
    assert decode_message(encode_update(an_update(arrival))) == an_update(arrival)


def test_a_deletion_is_told() -> None:
    deleted = replace(an_update(None), is_deleted=True)

    assert decode_message(encode_update(deleted)) == deleted


def test_an_update_of_a_release_that_tells_no_deletions_is_none() -> None:
    fields = json.loads(encode_update(an_update(None)))
    del fields["deleted"]

    assert decode_message(json.dumps(fields).encode()) == an_update(None)


def test_the_release_before_takes_a_deletion_for_a_state_that_it_knows() -> None:
    """It reads these fields alone, finds no record of the conversion, and tells nothing."""
    fields = json.loads(encode_update(replace(an_update(None), is_deleted=True)))

    assert (fields["state"], fields["progress"], fields["arrival"]) == ("uploading", None, None)


def test_an_update_of_the_release_before_tells_of_none() -> None:
    fields = json.loads(encode_update(an_update(Arrival(1, 2))))
    del fields["arrival"]

    assert decode_message(json.dumps(fields).encode()) == an_update(None)


def test_an_arrival_without_bytes_is_refused() -> None:
    fields = json.loads(encode_update(an_update(Arrival(1, 2))))
    fields["arrival"]["received"] = None

    with pytest.raises(ValueError, match="lacks the bytes"):
        decode_message(json.dumps(fields).encode())
