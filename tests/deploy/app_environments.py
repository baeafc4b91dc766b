"""What a container's app is told: its variables and the files that they name, held against the app's settings."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.deploy.manifests import Manifest, of_kind, pod_spec
from tracklift_adapters.environment.settings import SettingsError, read_settings
from tracklift_auth.commands import MigrationSettings
from tracklift_auth.settings import AuthSettings
from tracklift_converter.settings import ConverterSettings
from tracklift_gateway.settings import GatewaySettings
from tracklift_notification.settings import NotificationSettings

SETTINGS: Mapping[tuple[str, ...], type] = {
    ("gateway",): GatewaySettings,
    ("auth",): AuthSettings,
    ("auth", "migrate"): MigrationSettings,
    ("converter",): ConverterSettings,
    ("notification",): NotificationSettings,
}
"""By the app of the image and the arguments."""
EXAMPLES: Mapping[str, str] = {
    "mongodb-url": "mongodb://user:secret@mongodb/tracklift",
    "rabbitmq-url": "amqps://user:secret@rabbitmq:5671/tracklift",
    "mysql-url": "mysql://user:secret@mysql/tracklift",
    "signing-key.pem": "-----BEGIN PRIVATE KEY-----",
    "smtp-username": "tracklift",
    "smtp-password": "secret",
}
"""What stands for the secrets that a store outside holds, by file."""
_PREFIX = "TRACKLIFT_"


def app_of(container: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the app and the command that a container runs."""
    image = container["image"].rpartition("tracklift/")[2]
    return (image.partition(":")[0], *container.get("args", ()))


def environment_of(manifests: Sequence[Manifest], container: Mapping[str, Any]) -> dict[str, str]:
    """Give a container's variables, with what their ConfigMaps hold."""
    config_maps = {one["metadata"]["name"]: one.get("data", {}) for one in of_kind(manifests, "ConfigMap")}
    variables: dict[str, str] = {}
    for source in container.get("envFrom", ()):
        variables |= config_maps[source["configMapRef"]["name"]]
    for variable in container.get("env", ()):
        if "value" in variable:
            variables[variable["name"]] = variable["value"]
        else:
            reference = variable["valueFrom"]["configMapKeyRef"]
            variables[variable["name"]] = config_maps[reference["name"]][reference["key"]]
    return variables


def write_secret_files(
    manifests: Sequence[Manifest], workload: Manifest, container: Mapping[str, Any], place: Path
) -> None:
    """Write the files that Secrets become in a container, each below the place at its path."""
    secrets = {one["metadata"]["name"]: one.get("data", {}) for one in of_kind(manifests, "Secret")}
    folders = {mount["name"]: mount["mountPath"] for mount in container.get("volumeMounts", ())}
    for volume in pod_spec(workload).get("volumes", ()):
        for source in volume.get("projected", {}).get("sources", ()):
            for item in source["secret"]["items"]:
                file = place / folders[volume["name"]].lstrip("/") / item["path"]
                file.parent.mkdir(parents=True, exist_ok=True)
                content = secrets.get(source["secret"]["name"], {}).get(item["key"])
                text = EXAMPLES[item["path"]].encode() if content is None else base64.b64decode(content)
                file.write_bytes(text)


def breaches(settings_type: type, environment: Mapping[str, str], place: Path) -> Iterator[str]:
    """Find variables that the app does not know, and values that are missing or that it refuses.

    Files are looked for below the place.
    """
    names = {_PREFIX + field.name.upper() for field in fields(settings_type)}
    for variable in environment:
        if variable.startswith(_PREFIX) and variable not in names | {f"{name}_FILE" for name in names}:
            yield f"{variable} is unknown to {settings_type.__name__}"
    try:
        read_settings(settings_type, _below(environment, place))
    except SettingsError as error:
        yield f"{settings_type.__name__}: {error}"


def load(settings_type: type, environment: Mapping[str, str], place: Path) -> Any:
    """Give the settings that an app reads from its variables and from the files below the place."""
    return read_settings(settings_type, _below(environment, place))


def _below(environment: Mapping[str, str], place: Path) -> dict[str, str]:
    return {
        name: str(place / value.lstrip("/")) if name.endswith("_FILE") else value
        for name, value in environment.items()
    }
