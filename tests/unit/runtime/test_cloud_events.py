import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, timezone
from importlib import import_module
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tests.unit.source_modules import shipped_modules
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId, EventId, UserId
from tracklift_domain.messaging.errors import MalformedEventError, UnknownEventTypeError
from tracklift_domain.notification.events import OutcomeHandled
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.events import UserDeleted, UserEmailChanged, UserEmailVerified, UserQuotaChanged
from tracklift_domain.user.mailed_link.events import (
    EmailChangeRequested,
    EmailVerificationRequested,
    PasswordResetRequested,
    UserInvited,
)
from tracklift_domain.user.second_factor.events import SecondFactorRemoved
from tracklift_runtime import cloud_events
from tracklift_runtime.cloud_events import EVENT_TYPES, decode_event, encode_event

TIME = datetime(2026, 2, 3, 4, 5, 6, 789123, tzinfo=UTC)

# Events as released producers write them. They may lie in a queue for long and must be read for ever: add to these
# samples, never change them. A test that fails here means that the event needs a new version in its type.
REQUESTED_V1 = """
{"specversion":"1.0","id":"c0ffee.2","source":"/tracklift/conversions","type":"tracklift.conversion.requested.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"c0ffee","datacontenttype":"application/json",
 "data":{"conversion_id":"c0ffee"}}
"""
COMPLETED_V1 = """
{"specversion":"1.0","id":"c0ffee.4","source":"/tracklift/conversions","type":"tracklift.conversion.completed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"c0ffee","datacontenttype":"application/json",
 "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 "data":{"conversion_id":"c0ffee","owner_id":"ada","email":"ada@example.org",
         "video_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp4",
         "audio_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp3","audio_size":4321000,"audio_duration":180.25,
         "available_until":"2026-02-10T04:05:06Z"}}
"""
DAMAGED_V1 = """
{"specversion":"1.0","id":"c0ffee.4","source":"/tracklift/conversions","type":"tracklift.conversion.completed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"c0ffee","datacontenttype":"application/json",
 "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 "data":{"conversion_id":"c0ffee","owner_id":"ada","email":"ada@example.org",
         "video_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp4",
         "audio_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp3","audio_size":4321000,"audio_duration":180.25,
         "available_until":"2026-02-10T04:05:06Z","audio_damage":0.35}}
"""
CUT_OFF_V1 = """
{"specversion":"1.0","id":"c0ffee.4","source":"/tracklift/conversions","type":"tracklift.conversion.completed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"c0ffee","datacontenttype":"application/json",
 "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 "data":{"conversion_id":"c0ffee","owner_id":"ada","email":"ada@example.org",
         "video_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp4",
         "audio_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp3","audio_size":4321000,"audio_duration":180.25,
         "available_until":"2026-02-10T04:05:06Z","audio_cut_off":0.0}}
"""
FAILED_V1 = """
{"specversion":"1.0","id":"c0ffee.4","source":"/tracklift/conversions","type":"tracklift.conversion.failed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"c0ffee","datacontenttype":"application/json",
 "data":{"conversion_id":"c0ffee","owner_id":"ada","email":"ada@example.org","video_name":"talk.mp4",
         "code":"no_audio_track","detail":"The video has no audio track: choose one with sound."}}
"""
HANDLED_V1 = """
{"specversion":"1.0","id":"c0ffee.4.handled","source":"/tracklift/notifications",
 "type":"tracklift.conversion.outcome_handled.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"c0ffee","datacontenttype":"application/json",
 "data":{"conversion_id":"c0ffee","outcome_id":"c0ffee.4"}}
"""
UNVERIFIED_V1 = """
{"specversion":"1.0","id":"c0ffee.4","source":"/tracklift/conversions","type":"tracklift.conversion.completed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"c0ffee","datacontenttype":"application/json",
 "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
 "data":{"conversion_id":"c0ffee","owner_id":"ada","email":"ada@example.org",
         "video_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp4",
         "audio_name":"Vortrag \\u00fcber \\ud83c\\udfac.mp3","audio_size":4321000,"audio_duration":180.25,
         "available_until":"2026-02-10T04:05:06Z","email_verified":false}}
"""
USER_DELETED_V1 = """
{"specversion":"1.0","id":"ada.deleted","source":"/tracklift/users","type":"tracklift.user.deleted.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada"}}
"""
USER_EMAIL_VERIFIED_V1 = """
{"specversion":"1.0","id":"ada.email_verified","source":"/tracklift/users",
 "type":"tracklift.user.email_verified.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","email":"ada@example.org"}}
"""
SESSION_ENDED_V1 = """
{"specversion":"1.0","id":"5e55.session_ended","source":"/tracklift/users",
 "type":"tracklift.user.sessions_ended.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","session_id":"5e55"}}
"""
QUOTA_CHANGED_V1 = """
{"specversion":"1.0","id":"ada.quota_changed.4","source":"/tracklift/users",
 "type":"tracklift.user.quota_changed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","revision":4,"stored_bytes":9223372036854775807,"audio_minutes":0}}
"""
ALL_SESSIONS_ENDED_V1 = """
{"specversion":"1.0","id":"ada.sessions_ended.2","source":"/tracklift/users",
 "type":"tracklift.user.sessions_ended.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada"}}
"""
VERIFICATION_V1 = """
{"specversion":"1.0","id":"ada.verify_email.5fb7","source":"/tracklift/users",
 "type":"tracklift.user.email_verification_requested.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","email":"ada@example.org","token":"Zk3wN1c0R5b7","expires_at":"2026-02-04T04:05:06Z"}}
"""
RESET_V1 = """
{"specversion":"1.0","id":"ada.reset_password.5fb7","source":"/tracklift/users",
 "type":"tracklift.user.password_reset_requested.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","email":"ada@example.org","token":"Zk3wN1c0R5b7","expires_at":"2026-02-03T05:05:06Z"}}
"""
INVITED_V1 = """
{"specversion":"1.0","id":"ada.accept_invitation.5fb7","source":"/tracklift/users",
 "type":"tracklift.user.invited.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","email":"ada@example.org","token":"Zk3wN1c0R5b7","expires_at":"2026-02-10T04:05:06Z"}}
"""
EMAIL_CHANGE_V1 = """
{"specversion":"1.0","id":"ada.change_email.5fb7","source":"/tracklift/users",
 "type":"tracklift.user.email_change_requested.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","email":"new@example.org","token":"Zk3wN1c0R5b7","expires_at":"2026-02-04T04:05:06Z"}}
"""
EMAIL_CHANGED_V1 = """
{"specversion":"1.0","id":"ada.email_changed.3","source":"/tracklift/users",
 "type":"tracklift.user.email_changed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","email":"new@example.org","previous_email":"ada@example.org"}}
"""
FACTOR_REMOVED_V1 = """
{"specversion":"1.0","id":"ada.second_factor_removed.1770091446","source":"/tracklift/users",
 "type":"tracklift.user.second_factor_removed.v1",
 "time":"2026-02-03T04:05:06.789123Z","subject":"ada","datacontenttype":"application/json",
 "data":{"user_id":"ada","email":"ada@example.org","by_admin":true}}
"""

REQUESTED = ConversionRequested(id=EventId("c0ffee.2"), time=TIME, conversion_id=ConversionId("c0ffee"))
COMPLETED = ConversionCompleted(
    id=EventId("c0ffee.4"),
    time=TIME,
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    conversion_id=ConversionId("c0ffee"),
    owner_id=UserId("ada"),
    email="ada@example.org",
    video_name="Vortrag über 🎬.mp4",
    audio_name="Vortrag über 🎬.mp3",
    audio_size=4321000,
    audio_duration=180.25,
    available_until="2026-02-10T04:05:06Z",
)
DAMAGED = replace(COMPLETED, audio_damage=0.35)
CUT_OFF = replace(COMPLETED, audio_cut_off=0.0)
UNVERIFIED = replace(COMPLETED, email_verified=False)
FAILED = ConversionFailed(
    id=EventId("c0ffee.4"),
    time=TIME,
    conversion_id=ConversionId("c0ffee"),
    owner_id=UserId("ada"),
    email="ada@example.org",
    video_name="talk.mp4",
    code="no_audio_track",
    detail="The video has no audio track: choose one with sound.",
)
HANDLED = OutcomeHandled(
    id=EventId("c0ffee.4.handled"), time=TIME, conversion_id=ConversionId("c0ffee"), outcome_id="c0ffee.4"
)
USER_EMAIL_VERIFIED = UserEmailVerified(
    id=EventId("ada.email_verified"), time=TIME, user_id=UserId("ada"), email="ada@example.org"
)
SESSION_ENDED = SessionsEnded(
    id=EventId("5e55.session_ended"), time=TIME, user_id=UserId("ada"), session_id="5e55"
)
QUOTA_CHANGED = UserQuotaChanged(
    id=EventId("ada.quota_changed.4"),
    time=TIME,
    user_id=UserId("ada"),
    revision=4,
    stored_bytes=2**63 - 1,
    audio_minutes=0,
)
ALL_SESSIONS_ENDED = SessionsEnded(id=EventId("ada.sessions_ended.2"), time=TIME, user_id=UserId("ada"))
USER_DELETED = UserDeleted(id=EventId("ada.deleted"), time=TIME, user_id=UserId("ada"))
VERIFICATION = EmailVerificationRequested(
    id=EventId("ada.verify_email.5fb7"),
    time=TIME,
    user_id=UserId("ada"),
    email="ada@example.org",
    token="Zk3wN1c0R5b7",
    expires_at="2026-02-04T04:05:06Z",
)
RESET = PasswordResetRequested(
    id=EventId("ada.reset_password.5fb7"),
    time=TIME,
    user_id=UserId("ada"),
    email="ada@example.org",
    token="Zk3wN1c0R5b7",
    expires_at="2026-02-03T05:05:06Z",
)
INVITED = UserInvited(
    id=EventId("ada.accept_invitation.5fb7"),
    time=TIME,
    user_id=UserId("ada"),
    email="ada@example.org",
    token="Zk3wN1c0R5b7",
    expires_at="2026-02-10T04:05:06Z",
)
EMAIL_CHANGE = EmailChangeRequested(
    id=EventId("ada.change_email.5fb7"),
    time=TIME,
    user_id=UserId("ada"),
    email="new@example.org",
    token="Zk3wN1c0R5b7",
    expires_at="2026-02-04T04:05:06Z",
)
EMAIL_CHANGED = UserEmailChanged(
    id=EventId("ada.email_changed.3"),
    time=TIME,
    user_id=UserId("ada"),
    email="new@example.org",
    previous_email="ada@example.org",
)
FACTOR_REMOVED = SecondFactorRemoved(
    id=EventId("ada.second_factor_removed.1770091446"),
    time=TIME,
    user_id=UserId("ada"),
    email="ada@example.org",
    by_admin=True,
)

SAMPLES = [
    pytest.param(REQUESTED_V1, REQUESTED, id="requested"),
    pytest.param(COMPLETED_V1, COMPLETED, id="completed"),
    pytest.param(DAMAGED_V1, DAMAGED, id="completed with damage"),
    pytest.param(CUT_OFF_V1, CUT_OFF, id="completed without its end"),
    pytest.param(FAILED_V1, FAILED, id="failed"),
    pytest.param(HANDLED_V1, HANDLED, id="outcome handled"),
    pytest.param(UNVERIFIED_V1, UNVERIFIED, id="completed, unverified address"),
    pytest.param(USER_EMAIL_VERIFIED_V1, USER_EMAIL_VERIFIED, id="user's address verified"),
    pytest.param(SESSION_ENDED_V1, SESSION_ENDED, id="session ended"),
    pytest.param(QUOTA_CHANGED_V1, QUOTA_CHANGED, id="limits of a user"),
    pytest.param(ALL_SESSIONS_ENDED_V1, ALL_SESSIONS_ENDED, id="all sessions ended"),
    pytest.param(USER_DELETED_V1, USER_DELETED, id="user deleted"),
    pytest.param(VERIFICATION_V1, VERIFICATION, id="verification"),
    pytest.param(RESET_V1, RESET, id="reset"),
    pytest.param(INVITED_V1, INVITED, id="invitation"),
    pytest.param(EMAIL_CHANGE_V1, EMAIL_CHANGE, id="change of address"),
    pytest.param(EMAIL_CHANGED_V1, EMAIL_CHANGED, id="changed address"),
    pytest.param(FACTOR_REMOVED_V1, FACTOR_REMOVED, id="second factor removed"),
]
ADDED_LATER = {"audio_damage": DAMAGED_V1, "audio_cut_off": CUT_OFF_V1, "email_verified": UNVERIFIED_V1}
"""A sample with each field that was added to an event of the first release."""
LIMITS = {"stored_bytes", "audio_minutes", "conversions_in_flight", "upload_bytes"}
MAY_BE_MISSING = {*ADDED_LATER, *LIMITS, "session_id"}
MAY_BE_NULL = {*LIMITS, "audio_cut_off", "session_id"}
DATA_FIELDS = [
    pytest.param(sample.values[0], name, id=f"{sample.id} {name}")
    for sample in SAMPLES
    for name in json.loads(str(sample.values[0]))["data"]
]


def changed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    """Give an event's text after a change to its JSON."""
    envelope = json.loads(text)
    change(envelope)
    return json.dumps(envelope)


def kinds_of(kind: type[Any]) -> Iterator[type[Any]]:
    """Give the classes below an event's, those below them among them."""
    for each in kind.__subclasses__():
        yield each
        yield from kinds_of(each)


def refusal(text: str | bytes) -> str:
    """Give the reason for which a text is not an event."""
    with pytest.raises(MalformedEventError) as caught:
        decode_event(text)
    return caught.value.reason


@pytest.mark.parametrize(("text", "event"), SAMPLES)
def test_an_event_of_the_first_release_is_read_for_ever(text: str, event: Event) -> None:
    assert decode_event(text) == event
    assert decode_event(text.encode()) == event


@pytest.mark.parametrize(("text", "event"), SAMPLES)
def test_an_event_is_written_as_consumers_of_the_first_release_read_it(text: str, event: Event) -> None:
    assert json.loads(encode_event(event)) == json.loads(text)


def test_each_event_has_a_sample() -> None:
    assert {type(sample.values[1]) for sample in SAMPLES} == set(EVENT_TYPES.values())


def test_the_codec_knows_each_event_of_the_domain() -> None:
    """An event of a type that it does not know would be dead-lettered."""
    for module in shipped_modules():
        if module.name.startswith("tracklift_domain."):
            import_module(module.name)

    declared = {
        each.type
        for each in kinds_of(Event)
        if "tracklift_domain" in each.__module__ and "type" in vars(each)
    }
    assert declared == EVENT_TYPES.keys()


@pytest.mark.parametrize(("text", "event"), SAMPLES)
def test_what_a_newer_producer_adds_is_ignored(text: str, event: Event) -> None:
    def add(envelope: dict[str, Any]) -> None:
        envelope["dataschema"] = "https://example.org/schema"
        envelope["partitionkey"] = {"nested": [1, 2]}
        envelope["data"]["added_later"] = {"nested": None}

    assert decode_event(changed(text, add)) == event


def test_a_consumer_of_the_first_release_reads_an_event_with_what_was_added_since() -> None:
    """It ignores the data fields, and knows all others."""
    event = replace(COMPLETED, audio_damage=0.35, audio_cut_off=1.2, email_verified=False)
    newer, older = json.loads(encode_event(event)), json.loads(COMPLETED_V1)
    assert newer["data"].keys() - older["data"].keys() == ADDED_LATER.keys()
    known = {name: newer["data"][name] for name in older["data"]}
    assert {**newer, "data": known} == older


@pytest.mark.parametrize(("name", "text"), ADDED_LATER.items())
def test_a_field_that_was_added_later_may_be_missing(name: str, text: str) -> None:
    assert decode_event(changed(text, lambda e: e["data"].pop(name))) == COMPLETED


def test_a_field_that_may_be_null_is_read_like_a_missing_one() -> None:
    assert decode_event(changed(CUT_OFF_V1, lambda e: e["data"].update(audio_cut_off=None))) == COMPLETED


@pytest.mark.parametrize(
    ("text", "name"), [each for each in DATA_FIELDS if each.values[1] not in MAY_BE_MISSING]
)
def test_a_missing_field_is_named(text: str, name: str) -> None:
    assert refusal(changed(text, lambda e: e["data"].pop(name))) == f"its data lacks {name}"


@pytest.mark.one_in(5)
@pytest.mark.parametrize("value", [None, True, [], {}, "text", 7, 7.5], ids=repr)
@pytest.mark.parametrize(("text", "name"), DATA_FIELDS)
def test_a_field_of_another_type_is_named(text: str, name: str, value: object) -> None:
    hint = type(json.loads(text)["data"][name])
    event_text = changed(text, lambda e: e["data"].update({name: value}))

    is_null = name in MAY_BE_NULL and value is None
    if is_null or type(value) is hint or (hint is float and type(value) is int):
        assert getattr(decode_event(event_text), name) == value
    else:
        assert refusal(event_text) == f"its data field {name} is of another type"


def test_a_whole_number_stands_for_a_float_and_becomes_one() -> None:
    event = decode_event(changed(COMPLETED_V1, lambda e: e["data"].update(audio_duration=180)))

    assert isinstance(event, ConversionCompleted)
    assert type(event.audio_duration) is float
    assert event.audio_duration == 180


@pytest.mark.parametrize("number", ["1e999", "-1e999", "1" + "0" * 400])
def test_a_number_beyond_the_range_of_a_float_is_refused(number: str) -> None:
    assert refusal(COMPLETED_V1.replace("180.25", number)) == "its data field audio_duration is too large"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1" * 5000])
def test_numbers_that_json_lacks_or_nobody_means_are_refused(number: str) -> None:
    assert refusal(COMPLETED_V1.replace("180.25", number)) == "it is not valid JSON"


@pytest.mark.parametrize(
    "name",
    [
        "tracklift.conversion.requested.v2",
        "tracklift.conversion.requested.v10",
        "tracklift.conversion.requested",
        "com.example.something",
    ],
)
def test_an_event_of_a_newer_version_or_another_type_is_not_known(name: str) -> None:
    """Whatever its data looks like: it is not for this release to read."""
    with pytest.raises(UnknownEventTypeError) as caught:
        decode_event(changed(REQUESTED_V1, lambda e: e.update(type=name, data=None)))

    assert caught.value.event_type == name
    assert caught.value.code == "unknown_event_type"


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", "nothing", REQUESTED_V1[:100], "{} {}", b"\xff\xfe\x00", b"\xc3\x28", "[" * 100_000],
    ids=["empty", "blank", "open", "word", "cut off", "two", "other bytes", "no utf-8", "deep"],
)
def test_what_is_not_json_is_refused(text: str | bytes) -> None:
    assert refusal(text) == "it is not valid JSON"


@pytest.mark.parametrize("text", ["null", "[]", '"text"', "1", "true"])
def test_json_that_is_not_an_object_is_refused(text: str) -> None:
    assert refusal(text) == "it is not a JSON object"


@pytest.mark.parametrize("version", [None, "0.3", "2.0", 1.0])
def test_another_version_of_cloudevents_is_refused(version: object) -> None:
    text = changed(REQUESTED_V1, lambda e: e.update(specversion=version))
    assert refusal(text) == "it is not of CloudEvents version 1.0"


@pytest.mark.parametrize("value", [None, "", 7, {}, ["x"]], ids=repr)
@pytest.mark.parametrize("name", ["id", "time", "type"])
def test_an_attribute_that_is_missing_or_no_text_is_named(name: str, value: object) -> None:
    reason = f"its attribute {name} is missing or no text"

    assert refusal(changed(REQUESTED_V1, lambda e: e.update({name: value}))) == reason
    assert refusal(changed(REQUESTED_V1, lambda e: e.pop(name))) == reason


@pytest.mark.parametrize("data", [None, "text", 7, []], ids=repr)
def test_data_that_is_not_an_object_is_refused(data: object) -> None:
    assert refusal(changed(REQUESTED_V1, lambda e: e.update(data=data))) == "its data is not a JSON object"
    assert refusal(changed(REQUESTED_V1, lambda e: e.pop("data"))) == "its data is not a JSON object"


@pytest.mark.parametrize("time", ["yesterday", "2026-02-30T00:00:00Z", "1770091506"])
def test_a_time_that_is_none_is_refused(time: str) -> None:
    text = changed(REQUESTED_V1, lambda e: e.update(time=time))
    assert refusal(text) == "its time is not of RFC 3339"


def test_a_time_without_an_offset_is_refused() -> None:
    text = changed(REQUESTED_V1, lambda e: e.update(time="2026-02-03T04:05:06"))
    assert refusal(text) == "its time has no offset"


@pytest.mark.parametrize(
    "time",
    ["2026-02-03T04:05:06.789123Z", "2026-02-03T04:05:06.789123+00:00", "2026-02-03T06:05:06.789123+02:00"],
)
def test_a_time_is_the_same_with_any_offset(time: str) -> None:
    assert decode_event(changed(REQUESTED_V1, lambda e: e.update(time=time))).time == TIME


@pytest.mark.parametrize("traceparent", [None, 7, ["x"]])
def test_a_trace_that_is_not_a_text_is_ignored(traceparent: object) -> None:
    """It serves who watches the system, so it is never a reason to lose an event."""
    text = changed(COMPLETED_V1, lambda e: e.update(traceparent=traceparent))
    assert decode_event(text) == replace(COMPLETED, traceparent=None)


def test_an_event_without_a_trace_has_no_such_attribute() -> None:
    assert "traceparent" not in json.loads(encode_event(REQUESTED))


def test_an_event_is_one_line_of_ascii() -> None:
    text = encode_event(replace(FAILED, detail="two\nlines\u2028and a half \ud83c of a pair"))

    assert text.isascii()
    assert text.splitlines() == [text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extended(Event):
    """An event of a release that added fields to it."""

    type: ClassVar[str] = "tracklift.test.extended.v1"
    source: ClassVar[str] = "/tracklift/test"
    subject_name: ClassVar[str] = "test_id"

    name: str
    note: str | None = None
    score: float | None = None
    marked: bool = False

    @property
    @override
    def subject(self) -> str:
        return self.name


class TestFieldsThatWereAddedLater:
    @pytest.fixture(autouse=True)
    def _know_the_event(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cloud_events, "EVENT_TYPES", {**EVENT_TYPES, Extended.type: Extended})

    def text(self, **data: object) -> str:
        event = Extended(id=EventId("1"), time=TIME, name="x")
        return changed(encode_event(event), lambda e: e.update(data={"name": "x", **data}))

    def test_an_older_producer_leaves_them_at_their_defaults(self) -> None:
        assert decode_event(self.text()) == Extended(id=EventId("1"), time=TIME, name="x")

    def test_a_field_that_may_be_empty_may_be_null(self) -> None:
        event = decode_event(self.text(note=None, score=None))

        assert event == Extended(id=EventId("1"), time=TIME, name="x")

    def test_they_are_read_where_they_are(self) -> None:
        event = decode_event(self.text(note="n", score=3, marked=True))

        assert event == Extended(id=EventId("1"), time=TIME, name="x", note="n", score=3.0, marked=True)

    @pytest.mark.parametrize(("name", "value"), [("note", 7), ("score", "7"), ("score", True), ("marked", 1)])
    def test_they_are_of_their_type_or_the_event_is_refused(self, name: str, value: object) -> None:
        assert refusal(self.text(**{name: value})) == f"its data field {name} is of another type"


PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(st.characters()),
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    int | None: st.none() | st.integers(),
    str | None: st.none() | st.text(st.characters()),
    float | None: st.none() | st.floats(allow_nan=False, allow_infinity=False),
}


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Any event of any type, with any text in it, halves of surrogate pairs as well."""
    event_type = draw(st.sampled_from(sorted(EVENT_TYPES.values(), key=lambda kind: kind.type)))
    offset = timezone(timedelta(minutes=draw(st.integers(-1439, 1439))))
    values: dict[str, Any] = {
        "id": draw(st.text(min_size=1)),
        "time": draw(st.datetimes(timezones=st.just(offset))),
        "traceparent": draw(st.none() | st.text()),
    }
    for field in fields(event_type):
        if field.name not in values:
            values[field.name] = draw(PLAIN[getattr(field.type, "__supertype__", field.type)])
    return event_type(**values)


@given(events())
def test_every_event_survives_writing_and_reading(event: Event) -> None:
    assert decode_event(encode_event(event)) == event


@given(events())
def test_an_event_is_written_the_same_again_after_it_was_read(event: Event) -> None:
    assert encode_event(decode_event(encode_event(event))) == encode_event(event)


@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists) | st.text()
)
def test_no_text_breaks_the_reader(value: object) -> None:
    for text in (json.dumps(value), str(value), changed(REQUESTED_V1, lambda e: e.update(data=value))):
        with pytest.raises(MalformedEventError):
            decode_event(text)
