"""What operators have in k9s has the form that k9s reads, and calls what is there."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.kustomize import FOLDER as KUSTOMIZE
from tests.deploy.manifests import Manifest, containers
from tracklift_domain.messaging.queues import QUEUES

FOLDER = KUSTOMIZE.parent / "k9s"
PROGRAM = FOLDER / "tracklift-operate"
VARIABLES = {"$CONTEXT", "$NAMESPACE"}
"""Of those that k9s puts in, the ones that every list has."""


def entries(fields: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """Describe a map of names to objects with these fields and no other."""
    entry = {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
    return {"type": "object", "additionalProperties": entry, "minProperties": 1}


TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": TEXT, "minItems": 1}
KEY = {"type": "string", "pattern": "^(Shift|Ctrl)-[A-Z0-9]$"}
FLAG = {"type": "boolean"}
FORMS = {
    "plugins": entries(
        {
            "shortCut": KEY,
            "description": TEXT,
            "scopes": TEXTS,
            "command": TEXT,
            "args": TEXTS,
            "background": FLAG,
            "confirm": FLAG,
            "dangerous": FLAG,
        },
        ["shortCut", "description", "scopes", "command"],
    ),
    "hotKeys": entries({"shortCut": KEY, "description": TEXT, "command": TEXT}, ["shortCut", "command"]),
    "aliases": {"type": "object", "additionalProperties": TEXT, "minProperties": 1},
    "views": entries({"sortColumn": TEXT, "columns": TEXTS}, ["columns"]),
}
"""By the one key of each file, as k9s's own schemas have it, and no wider than what is used here."""


def content(name: str) -> dict[str, Any]:
    """Read a file, without the key that all of it stands below."""
    document: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    (below,) = document.values()
    return dict(below)


def operate(*arguments: str, path: Path, typed: str = "") -> "subprocess.CompletedProcess[str]":
    """Run the program with what is in a folder before all else on the path."""
    return subprocess.run(
        [PROGRAM, *arguments],
        env={**os.environ, "PATH": f"{path}:{os.environ['PATH']}"},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def kubectl(tmp_path: Path) -> Path:
    """A kubectl that repeats its arguments, for the path, and its folder."""
    program = tmp_path / "kubectl"
    program.write_text('#!/bin/sh\nprintf "%s " "$@"; echo\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("plugins.yaml", "plugins"),
        ("hotkeys.yaml", "hotKeys"),
        ("aliases.yaml", "aliases"),
        ("views.yaml", "views"),
    ],
)
def test_a_file_has_the_form_that_k9s_reads(name: str, key: str) -> None:
    document = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))

    assert list(document) == [key]
    jsonschema.validate(document[key], FORMS[key])


def test_no_key_has_two_meanings() -> None:
    keys = [
        entry["shortCut"] for name in ("plugins.yaml", "hotkeys.yaml") for entry in content(name).values()
    ]

    assert len(keys) == len(set(keys))


def test_plugins_use_variables_that_k9s_knows() -> None:
    """It refuses to run a plugin with another one."""
    arguments = [argument for plugin in content("plugins.yaml").values() for argument in plugin["args"]]

    assert set(re.findall(r"\$!?[\w-]+", " ".join(arguments))) == VARIABLES


def test_plugins_call_commands_of_the_program(kubectl: Path) -> None:
    for plugin in content("plugins.yaml").values():
        assert plugin["command"] == PROGRAM.name
        assert operate(*plugin["args"], path=kubectl, typed="logs\n7\n").returncode == 0
    assert operate("nonsense", "context", "namespace", path=kubectl).returncode == 2


def test_commands_that_are_run_in_pods_are_commands_of_the_converter(kubectl: Path) -> None:
    """With the arguments that it takes; and its image has it where the program looks."""
    listed = operate("dead-letters", "here", "tracklift", "links", path=kubectl).stdout.split()
    put_back = operate("redrive", "here", "tracklift", "links", "7", path=kubectl).stdout.split()

    dockerfile = (KUSTOMIZE.parent / "images" / "Dockerfile").read_text(encoding="utf-8")
    (entrypoint,) = re.findall(r'^ENTRYPOINT \["([^"]+)"\]$', dockerfile, re.MULTILINE)
    for called in (listed, put_back):
        begin = ["--context", "here", "--namespace", "tracklift", "exec", "deployment/converter"]
        assert called[: len(begin)] == begin
        program, *arguments = called[called.index("--") + 1 :]
        assert program == entrypoint
        # A wrong number of arguments, or an unknown command, is refused before any setting is read.
        run = subprocess.run(
            [sys.executable, "-m", "tracklift_converter", *arguments],
            env={name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "usage:" not in run.stderr
        assert "is not set" in run.stderr


def test_dead_letters_are_looked_for_in_every_queue(kubectl: Path) -> None:
    lines = operate("dead-letters", "here", "tracklift", path=kubectl).stdout.splitlines()

    assert {line.split()[-1] for line in lines} == set(QUEUES)


def test_a_conversion_is_followed_by_its_id_alone(tmp_path: Path) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        "#!/bin/sh\necho about abc.1\necho about abcd1\necho about another\n", encoding="utf-8"
    )
    kubectl.chmod(0o755)

    assert operate("follow", "here", "tracklift", "abc.1", path=tmp_path).stdout == "about abc.1\n"


def test_what_is_named_is_in_the_manifests(rendered: dict[str, list[Manifest]]) -> None:
    """Workload, containers and labels."""
    named = {
        (workload["kind"].lower(), workload["metadata"]["name"], container["name"])
        for workload, container in containers(rendered["dev"])
    }
    program = PROGRAM.read_text(encoding="utf-8")
    labels = {
        (name, value)
        for workload, _ in containers(rendered["dev"])
        for name, value in workload["spec"]["template"]["metadata"]["labels"].items()
    }

    for kind, name in re.findall(r"\b(deployment|statefulset)/(\w+) --container", program):
        assert (kind, name, name) in named
    for label in re.findall(
        r"app\.kubernetes\.io/\S+=\S+", program + " ".join(content("aliases.yaml").values())
    ):
        assert tuple(label.split("=")) in labels
    for view in content("views.yaml"):
        assert view.partition("@")[2] in {one["metadata"].get("namespace") for one in rendered["dev"]}


def test_hot_keys_lead_to_aliases_or_kinds() -> None:
    commands = {hot_key["command"] for hot_key in content("hotkeys.yaml").values()}

    assert commands - set(content("aliases.yaml")) == {"horizontalpodautoscalers"}


@pytest.mark.parametrize("arguments", [["--help"], []])
def test_the_program_explains_itself(tmp_path: Path, arguments: list[str]) -> None:
    shown = operate(*arguments, path=tmp_path)

    assert shown.returncode == (0 if arguments else 2)
    assert shown.stdout.count("tracklift-operate") == 4
