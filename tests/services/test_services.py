"""Four processes that share nothing but the servers do what the one process does."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.end_to_end.mailed_links import verify_address
from tests.end_to_end.user import User
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.end_to_end.walk_through import walk_through_the_readme
from tests.media.ffmpeg import decode
from tests.media.samples import sample
from tests.preloaded.start import run_app
from tests.selection import thorough
from tests.servers.servers import Servers
from tests.services.extractions import LONG
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network]


@pytest.fixture
def user(stage: Stage) -> Iterator[User]:
    """Give each test one of its own: one deletes the account, another one is known to the README."""
    user = stage.new_user()
    yield user
    user.http.close()


@pytest.mark.thorough
def test_the_walk_through_of_the_readme_passes_unchanged(stage: Stage, tmp_path: Path) -> None:
    """What a newcomer does with the one process works with the four services, word for word.

    The record says why the outcome is not mailed, and once the address is verified, the next one is.
    """
    walk_through_the_readme(stage.services.address, tmp_path)

    assert decode(tmp_path / "talk.mp3").seconds == pytest.approx(30.0, abs=0.05)
    ada = User(stage.services.address, "ada@example.org").log_in()
    (record,) = ada.records()
    assert record["mail"] == "unverified_address"
    (greeting,) = wait_for(lambda: stage.mails_to(ada.email), "the mail to verify the address comes")
    verify_address(ada, greeting.message)
    (mail,) = stage.mails_about(stage.convert(ada))
    assert mail.recipients == ("ada@example.org",)
    assert stage.mails_about(record["id"]) == []
    ada.http.close()


def test_a_stranger_whose_address_is_used_is_mailed_no_outcome(stage: Stage, tmp_path: Path) -> None:
    """Anybody can sign up with any address, and put text of their own into the names of videos."""
    video = tmp_path / "Buy now at evil.example.mp4"
    video.write_bytes(b"x")
    sender = stage.new_user(verified=False)
    uploaded = [sender.upload(video) for _ in range(2)]
    for conversion in uploaded:
        assert sender.wait_for_end(conversion)["mail"] == "unverified_address"

    # Behind the mail of an outcome that came after them, theirs would have come.
    another = stage.new_user()
    stage.convert(another)
    assert stage.mails_to(sender.email) == []
    for user in (sender, another):
        user.http.close()


def test_a_newcomer_who_verifies_the_address_while_the_conversion_waits_is_mailed(
    stage: Stage, tmp_path: Path
) -> None:
    """The token of the upload did not know it yet, and neither did the conversion's record."""
    user = User(stage.services.address, f"{uuid4().hex}@example.org").sign_up()
    (greeting,) = wait_for(lambda: stage.mails_to(user.email), "the mail to verify the address comes")
    for converter in stage.services.converters:
        converter.kill()
    waiting = user.upload(sample("one-second"))
    assert user.record(waiting)["mail"] == "unverified_address"
    token = user.token
    verify_address(user, greeting.message)
    wait_for(lambda: stage.knows_verified(user.email), "the news has come")
    user.http.headers["Authorization"] = f"Bearer {token}"
    later = user.upload(sample("one-second"))

    stage.restore()

    for conversion in (waiting, later):
        assert user.wait_for_end(conversion)["mail"] == "expected"
        assert stage.wait_for_mail(conversion).recipients == (user.email,)
    assert decode(user.download(later, tmp_path / "later.mp3")).seconds == pytest.approx(1, abs=0.1)
    user.http.close()


def test_a_broken_video_ends_as_failed_and_its_user_is_told(stage: Stage, user: User, tmp_path: Path) -> None:
    """A failure travels through all services like a success."""
    video = tmp_path / "letter.mp4"
    video.write_text("Dear video,\nplease be one.\n")

    record = user.wait_for_end(user.upload(video))

    assert record["state"] == "failed"
    assert record["error"]["code"] == "not_a_video"
    assert "could not be made" in stage.wait_for_mail(record["id"]).message["Subject"]


@pytest.mark.parametrize("how", ["does not answer", *thorough(["is killed"])])
def test_an_upload_is_accepted_with_everything_down_but_the_store(
    stage: Stage, user: User, servers: Servers, tmp_path: Path, how: str
) -> None:
    """MySQL, RabbitMQ, the mail server, auth, converter and notification are gone; the mail arrives once they are back.

    The gateway is started anew in between, so it knows auth's keys only from where it keeps them.
    """
    services = stage.services
    others = [services.auth, services.notification, *services.converters]
    for service in others:
        service.kill()
    for server in (servers.mysql, servers.rabbitmq):
        # To start RabbitMQ takes ten seconds of computing time.
        server.kill() if how == "is killed" else server.pause()
    stage.mail_server.stop()
    services.gateway.kill()
    services.gateway.launch()
    services.gateway.wait_until_ready()
    wait_for(lambda: user.http.get("/v1/conversions").status_code == 200, "the keys are known")

    conversion = user.upload(sample("index-at-end"))
    assert user.record(conversion)["state"] == "queued"

    stage.restore()
    assert user.wait_for_end(conversion)["state"] == "completed"
    assert user.download(conversion, tmp_path / "talk.mp3").stat().st_size > 0
    stage.wait_for_mail(conversion)


def test_the_services_count_conversions_and_mails(stage: Stage, user: User) -> None:
    """What an operator's Prometheus asks each of them for, summed up, at a listener of its own."""
    names = (
        'tracklift_conversions_ended_total{outcome="completed"}',
        'tracklift_events_handled_total{outcome="done",queue="converter"}',
        'tracklift_event_handling_seconds_count{queue="converter"}',
        'tracklift_events_handled_total{outcome="done",queue="notification"}',
        "tracklift_audio_seconds_total",
    )
    addresses = [service.metrics_address for service in stage.services.all]
    with httpx.Client() as client:

        def figures() -> list[float]:
            """Ask each service once."""
            lines = [
                line
                for address in addresses
                for line in client.get(f"{address}/metrics").text.splitlines()
                if line.startswith(names)
            ]
            return [sum(_value(line) for line in lines if line.startswith(f"{name} ")) for name in names]

        for service, address in zip(stage.services.all, addresses, strict=True):
            assert client.get(f"{service.address}/metrics").status_code == 404
            assert client.get(f"{address}/healthz").status_code == 404
        *counted, seconds = figures()

        conversion = user.upload(sample("one-second"))
        user.wait_for_end(conversion)
        stage.wait_for_mail(conversion)

        wait_for(lambda: [count - 1 for count in figures()[:-1]] == counted, "one more of each is counted")
        assert figures()[-1] - seconds == pytest.approx(1, abs=0.1)


def _value(line: str) -> float:
    return float(line.rpartition(" ")[2])


def test_a_deleted_account_takes_its_conversions_along(stage: Stage, user: User) -> None:
    """The news travels from auth through the broker to the gateway. The user's own token is refused soon."""
    conversion = user.upload(sample("one-second"))
    user.wait_for_end(conversion)
    assert stage.knows_conversion(conversion)

    assert user.http.delete("/v1/me").status_code == 204

    wait_for(lambda: not stage.knows_conversion(conversion), "it is deleted")
    wait_for(lambda: not stage.files_of(conversion), "so are its files")


def test_a_converter_that_is_killed_at_work_loses_nothing(stage: Stage, user: User) -> None:
    """Another one takes over when the lease has run out, and the user gets one MP3 and one mail."""
    (converter,) = stage.services.converters
    conversion = user.upload(sample(LONG))
    user.wait_for_state(conversion, "converting")
    converter.kill()
    converter.launch()

    stage.wait_for_mail(conversion)

    assert stage.result_of(user, conversion) == ("completed", [".audio.2"], 1)


def test_a_converter_that_is_stopped_gives_its_work_back(stage: Stage, user: User) -> None:
    """A rolling update costs a conversion no attempt and ends in time with exit code 0."""
    (converter,) = stage.services.converters
    conversion = user.upload(sample(LONG))
    user.wait_for_state(conversion, "converting")

    assert converter.stop() == 0

    converter.launch()
    assert user.wait_for_end(conversion)["state"] == "completed"


@pytest.mark.thorough
def test_readiness_names_what_is_down(stage: Stage, servers: Servers) -> None:
    """An operator reads which server is missing, and the service is ready again without a restart."""
    gateway = stage.services.gateway
    gateway.kill()
    servers.mongodb.kill()
    gateway.launch()
    wait_for(lambda: gateway.readiness() == 503, "the gateway says that it is not ready")
    answer = httpx.get(f"{gateway.address}/readyz", timeout=30)
    assert "storage" in answer.json()["problems"]
    assert httpx.get(f"{gateway.address}/healthz", timeout=30).status_code == 200

    servers.mongodb.start()
    gateway.wait_until_ready()


@pytest.mark.parametrize("service", ["notification", *thorough(["gateway", "auth", "converter"])])
def test_a_missing_setting_stops_the_start_with_one_line_that_names_it(service: str) -> None:
    """Exit code 2, and no traceback."""
    nothing = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
    done = run_app(f"tracklift_{service}", [], nothing, timeout=PATIENCE)

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"tracklift_{service}: TRACKLIFT_")
    assert line.endswith(" is not set.")
