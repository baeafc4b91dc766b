"""Secrets that lie in no manifest."""

import re
from collections.abc import Iterator, Sequence

from tests.deploy.manifests import Manifest, containers, of_kind, title

_SECRET_NAME = re.compile(r"(PASSWORD|PASS|SECRET|TOKEN|KEY|CREDENTIALS?)$")
_PASSWORD_IN_URL = re.compile(r"://[^/\s@:]*:[^/\s@]+@")


def no_secret_is_written_out(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find secrets in ConfigMaps, in variables and in arguments. They come as files (`TRACKLIFT_…_FILE`)."""
    for config_map in of_kind(manifests, "ConfigMap"):
        for name, value in config_map.get("data", {}).items():
            if _is_secret(name, value):
                yield f"{title(config_map)} holds a secret as {name}"
    for workload, container in containers(manifests):
        for variable in container.get("env", ()):
            if _is_secret(variable["name"], variable.get("value", "")):
                yield f"{title(workload)} is given a secret as {variable['name']}"
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield f"{title(workload)} is given {variable['name']} as a variable, which a crash may print"
        for argument in (*container.get("command", ()), *container.get("args", ())):
            if _PASSWORD_IN_URL.search(argument):
                yield f"{title(workload)} is given a secret as an argument"


def no_secret_is_rendered(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find Secrets with their content. For production, where a store outside has it."""
    for secret in of_kind(manifests, "Secret"):
        yield f"{title(secret)} is among the manifests"


def _is_secret(name: str, value: str) -> bool:
    return bool(_PASSWORD_IN_URL.search(value)) or bool(value and _SECRET_NAME.search(name.upper()))
