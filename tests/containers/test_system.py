"""The whole of Tracklift in containers, as compose.yaml starts it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.system import SERVICES, ComposedSystem
from tests.end_to_end.user import User
from tests.end_to_end.walk_through import walk_through_the_readme
from tests.media.samples import sample

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def bob(system: ComposedSystem) -> Iterator[User]:
    """Sign somebody up whose address is verified."""
    user = system.sign_up("bob@example.org")
    yield user
    user.http.close()


def test_the_readmes_walk_through_passes_and_the_mails_come(system: ComposedSystem, tmp_path: Path) -> None:
    walk_through_the_readme(system.address, tmp_path)

    assert (tmp_path / "talk.mp3").stat().st_size == pytest.approx(30 * 192_000 / 8, rel=0.01)
    system.wait_for_mail("ada@example.org", "Confirm your email address")


def test_an_outcome_is_mailed_to_a_verified_address_alone(system: ComposedSystem, bob: User) -> None:
    stranger = User(system.address, email="stranger@example.org").sign_up()
    silent, told = (user.upload(sample("one-second"), name="told.mp4") for user in (stranger, bob))

    assert stranger.wait_for_end(silent)["mail"] == "unverified_address"
    assert bob.wait_for_end(told)["mail"] == "expected"
    system.wait_for_mail(bob.email, "told.mp3")
    assert system.mails(stranger.email, "told.mp3") == []
    stranger.http.close()


@pytest.mark.kill
@pytest.mark.thorough  # tests/services kills it in each run
def test_a_converter_that_is_killed_in_the_middle_costs_no_conversion(
    system: ComposedSystem, bob: User
) -> None:
    conversion = bob.upload(sample("one-hour"), name="killed.mp4", sample_rate="48000")
    bob.wait_for_state(conversion, "converting")

    system.run("kill --signal SIGKILL converter")
    system.start("converter")

    assert bob.wait_for_end(conversion)["state"] == "completed"
    assert len(bob.http.get(f"/v1/conversions/{conversion}/audio").raise_for_status().content) > 1_000_000
    system.wait_for_mail(bob.email, "killed.mp3")
    assert len(system.mails(bob.email, "killed.mp3")) == 1


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_stops_when_it_is_told_to_and_starts_again(system: ComposedSystem, service: str) -> None:
    system.run(f"stop {service}")
    stopped = system.state(service)
    system.start(service)

    # 0: it ended by itself, and was not killed after the grace period (137).
    assert (stopped["State"], stopped["ExitCode"]) == ("exited", 0)
    assert system.state(service)["Health"] == "healthy"


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_nobody_and_can_change_nothing_of_itself(system: ComposedSystem, service: str) -> None:
    """Neither is it root, nor may it become so, nor write beside its code."""
    script = (
        "import os, pathlib\n"
        "status = pathlib.Path('/proc/1/status').read_text()\n"
        "print(os.getuid(), os.getgid(), *(line.split()[1] for line in status.splitlines()"
        " if line.startswith(('CapBnd', 'NoNewPrivs'))))\n"
        "try: pathlib.Path('/app/mine').touch()\n"
        "except OSError as error: print(error.strerror)\n"
    )
    done = subprocess.run(
        ["docker", "exec", system.container(service), "/app/bin/python", "-c", script],
        capture_output=True,
        text=True,
        check=True,
    )

    identity, refusal = done.stdout.splitlines()
    assert set(identity.split()) == {"10001", "0" * 16, "1"}
    assert refusal == "Read-only file system"
