"""What each app is told by every overlay, read by the app's own settings."""

import importlib.util
import inspect
import sys
from pathlib import Path

import pytest

from tests.deploy.app_environments import (
    SETTINGS,
    app_of,
    breaches,
    environment_of,
    write_secret_files,
)
from tests.deploy.manifests import Manifest, containers, services
from tracklift_auth.settings import AuthSettings
from tracklift_converter.settings import ConverterSettings
from tracklift_gateway.settings import GatewaySettings


def test_every_app_knows_its_variables_and_is_given_all_it_needs(
    manifests: list[Manifest], tmp_path: Path
) -> None:
    """With the secrets that were made for development, and with examples where a store outside has them."""
    found, seen = [], set()
    for workload, container in containers(manifests):
        app = app_of(container)
        if app not in SETTINGS:
            assert "tracklift/" not in container["image"], (
                f"{container['image']} runs an app that is not known"
            )
            continue
        place = tmp_path / "-".join(app)
        write_secret_files(manifests, workload, container, place)
        found += list(breaches(SETTINGS[app], environment_of(manifests, container), place))
        seen.add(app)

    assert found == []
    assert seen == set(SETTINGS)


@pytest.mark.parametrize(
    ("app", "settings_type", "name"),
    [
        ("gateway", GatewaySettings, "auth_url"),
        ("auth", AuthSettings, "signing_key_file"),
        ("converter", ConverterSettings, "scratch_folder"),
    ],
)
def test_a_variable_that_is_renamed_in_an_app_is_found(
    rendered: dict[str, list[Manifest]], tmp_path: Path, app: str, settings_type: type, name: str
) -> None:
    """Renamed in a copy of the app's source, for a setting that must be given and for one with a default."""
    workload = services(rendered["prod"])[app]
    (container,) = workload["spec"]["template"]["spec"]["containers"]
    write_secret_files(rendered["prod"], workload, container, tmp_path)
    environment = environment_of(rendered["prod"], container)
    renamed = _renamed(settings_type, name, tmp_path)

    assert list(breaches(settings_type, environment, tmp_path)) == []
    found = " ".join(breaches(renamed, environment, tmp_path))
    assert f"TRACKLIFT_{name.upper()} is unknown" in found


def _renamed(settings_type: type, name: str, place: Path) -> type:
    """Load a copy of the module of the settings in which a field has another name."""
    source = Path(inspect.getfile(settings_type)).read_text(encoding="utf-8")
    copy = place / f"renamed_{settings_type.__name__.lower()}.py"
    copy.write_text(source.replace(name, f"{name}_renamed"), encoding="utf-8")
    specification = importlib.util.spec_from_file_location(copy.stem, copy)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[copy.stem] = module  # Dataclasses look their module up.
    try:
        specification.loader.exec_module(module)
    finally:
        del sys.modules[copy.stem]
    renamed: type = getattr(module, settings_type.__name__)
    return renamed


def test_a_value_that_an_app_refuses_is_found(tmp_path: Path) -> None:
    environment = {
        "TRACKLIFT_MYSQL_URL": "mysql://mysql/tracklift",
        "TRACKLIFT_RABBITMQ_URL": "amqp://rabbitmq",
        "TRACKLIFT_PUBLIC_URL": "https://tracklift.example",
        "TRACKLIFT_SIGNING_KEY_FILE": "/key.pem",
        "TRACKLIFT_PORT": "http",
    }

    assert any("TRACKLIFT_PORT" in breach for breach in breaches(AuthSettings, environment, tmp_path))
