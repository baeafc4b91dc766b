"""What an operator has to choose stands where it is looked for: in the overlay for production, and in compose.yaml."""

import re
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.app_environments import SETTINGS, breaches, environment_of, load, write_secret_files
from tests.deploy.kustomize import FOLDER, combine, copy_with_secrets, render
from tests.deploy.manifests import Manifest, pod_spec, services
from tracklift_adapters.environment.conversion_settings import ConversionSettings
from tracklift_domain.user.registration.registration import RegistrationMode

ROOT = FOLDER.parents[1]
SERVICES = ("gateway", "auth", "converter", "notification")
OPTIONAL = {"TRACKLIFT_REGISTRATION_DOMAINS"}
"""Not needed with every other choice."""
GIVEN_BY_COMPOSE = {"TRACKLIFT_DRAIN"}
"""On one machine the defaults of the services, which compose.yaml waits for, do."""
CHOICES = {
    "TRACKLIFT_KEEP_AUDIO": "1d",
    "TRACKLIFT_KEEP_SOURCE": "0",
    "TRACKLIFT_KEEP_RECORDS": "2d",
    "TRACKLIFT_LARGEST_VIDEO": "1000",
    "TRACKLIFT_STORED_PER_USER": "2000",
    "TRACKLIFT_MINUTES_PER_MONTH": "3",
    "TRACKLIFT_UNFINISHED_PER_USER": "4",
    "TRACKLIFT_UPLOADS_PER_HOUR": "5",
    "TRACKLIFT_LONGEST_AUDIO": "6h",
    "TRACKLIFT_UNVERIFIED_UPLOADS": "no",
    "TRACKLIFT_REGISTRATION": "closed",
    "TRACKLIFT_REGISTRATION_DOMAINS": "example.org",
}
"""Other values than the defaults."""


def choices_of_the_checklist() -> set[str]:
    """Name the settings that the checklist has the operator look at: those of accounts and of bounds."""
    text = (ROOT / "docs/guides/production-checklist.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\w+)[^\n]*\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE))
    return set(re.findall(r"`(TRACKLIFT_[A-Z_]+)`", sections["Accounts"] + sections["Bounds"]))


def variables_of(service: str) -> set[str]:
    """Name the variables that an app reads."""
    return {f"TRACKLIFT_{field.name.upper()}" for field in fields(SETTINGS[service,])}


def settings_of(manifests: list[Manifest], service: str, place: Path) -> tuple[dict[str, str], Any]:
    """Give the variables of a service, and the settings that it reads from them."""
    workload = services(manifests)[service]
    (container,) = pod_spec(workload)["containers"]
    write_secret_files(manifests, workload, container, place)
    environment = environment_of(manifests, container)
    return environment, load(SETTINGS[service,], environment, place)


def composed(service: str, given: Mapping[str, str]) -> dict[str, str]:
    """Give the variables of a service of compose.yaml, where an operator has given some."""
    described = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"][service]

    def filled(value: object) -> str:
        return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: given.get(found[1]) or found[2], str(value))

    return {name: filled(value) for name, value in described["environment"].items()}


@pytest.mark.parametrize("service", SERVICES)
def test_the_overlay_for_production_has_all_that_the_checklist_names(
    rendered: dict[str, list[Manifest]], tmp_path: Path, service: str
) -> None:
    environment, _ = settings_of(rendered["prod"], service, tmp_path)

    assert (choices_of_the_checklist() & variables_of(service)) - OPTIONAL <= environment.keys()


def test_the_checklist_names_what_is_chosen_for_users() -> None:
    """Else the test above would hold for anything."""
    assert choices_of_the_checklist() >= CHOICES.keys()


def test_production_takes_in_nobody_unasked(rendered: dict[str, list[Manifest]], tmp_path: Path) -> None:
    """Accounts are made by invitation, addresses are verified, and no user fills the disks."""
    _, auth = settings_of(rendered["prod"], "auth", tmp_path / "auth")
    _, gateway = settings_of(rendered["prod"], "gateway", tmp_path / "gateway")
    _, notification = settings_of(rendered["prod"], "notification", tmp_path / "notification")

    assert auth.registration_policy.mode is RegistrationMode.INVITED
    assert gateway.unverified_uploads is False
    assert gateway.limits.stored_per_user > gateway.limits.largest_video
    assert gateway.limits.minutes_per_month > 0
    assert (notification.smtp_port, notification.smtp_security) == (587, "starttls")


def test_gateway_and_converter_agree_on_what_becomes_of_conversions(
    manifests: list[Manifest], tmp_path: Path
) -> None:
    """One that keeps an MP3 for longer than the other would lose it."""
    _, gateway = settings_of(manifests, "gateway", tmp_path / "gateway")
    _, converter = settings_of(manifests, "converter", tmp_path / "converter")

    for field in fields(ConversionSettings):
        assert getattr(gateway, field.name) == getattr(converter, field.name), field.name


def test_the_secrets_of_sign_in_providers_are_files_of_auth(tmp_path: Path) -> None:
    """With the component that opens the way to them, and of no other service."""
    manifests = render(combine(copy_with_secrets(tmp_path), ["sign-in-providers"]))
    workloads = services(manifests)

    mounted = {
        name: [
            source["secret"]
            for volume in pod_spec(workload).get("volumes", ())
            for source in volume.get("projected", {}).get("sources", ())
            if source["secret"]["name"] == "tracklift-sign-in-providers"
        ]
        for name, workload in workloads.items()
    }

    assert mounted.pop("auth") == [{"name": "tracklift-sign-in-providers", "optional": True}]
    assert set(map(tuple, mounted.values())) == {()}


@pytest.mark.parametrize("given", [{}, CHOICES], ids=["defaults", "choices"])
@pytest.mark.parametrize("service", SERVICES)
def test_compose_hands_on_what_an_operator_chooses(
    tmp_path: Path, service: str, given: dict[str, str]
) -> None:
    """An app knows each variable and takes each value; what is not given has its default."""
    environment = composed(service, given)

    assert list(breaches(SETTINGS[service,], environment, tmp_path)) == []
    chosen = (choices_of_the_checklist() & variables_of(service)) - GIVEN_BY_COMPOSE
    assert {name: environment[name] for name in chosen} == {name: given.get(name, "") for name in chosen}
