"""The second lock on the boundaries that the BUILD files draw: what each component imports, read from source.

Pants finds imports as well, but not those that hide in `import_module`, and not everybody runs Pants.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.source_modules import ROOT, Module, read_module, shipped_modules

ADAPTERS = "tracklift_adapters"
CLIENT = "tracklift_client"
DOMAIN = "tracklift_domain"
REDUCER = f"{ADAPTERS}.sound_extract"
RUNTIME = "tracklift_runtime"
STANDALONE = "tracklift_standalone"
TERMINAL = "tracklift_terminal"
APPS = {
    package.name
    for package in (ROOT / "apps").glob("*/tracklift_*")
    if package.is_dir() and any(package.glob("*.py"))
}


def component(name: str) -> str:
    """Name the component of an import name: domain, runtime, client, one adapter, one app, or a distribution."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == ADAPTERS else parts[0]


def violations(module: Module) -> Iterator[str]:
    """Say what each forbidden import of a module breaks, and what to do instead."""
    for imported in module.imports:
        advice = _advice(component(module.name), component(imported.name))
        if advice:
            yield f"{module.path}:{imported.line} imports {imported.name}: {advice}"


def _advice(importer: str, imported: str) -> str | None:
    if imported == importer:
        return None
    if imported in {"tests", "pytest", "_pytest", "hypothesis"}:
        return "shipped code must not need the tests. Move what both use into the package that owns it."
    if importer in {DOMAIN, RUNTIME}:
        return _advice_for_domain(imported) if importer == DOMAIN else _advice_for_runtime(imported)
    if CLIENT in {importer, imported}:
        return _advice_about_client(importer, imported)
    return (
        _advice_for_adapter(imported)
        if importer.startswith(ADAPTERS)
        else _advice_for_app(importer, imported)
    )


def _advice_for_app(importer: str, imported: str) -> str | None:
    if importer in APPS - {STANDALONE} and imported in APPS:
        return (
            "an app imports no other app; only the standalone app composes them. "
            "Talk over HTTP or events, or move the shared part into the domain or an adapter."
        )
    return None


def _advice_for_domain(imported: str) -> str | None:
    if imported in sys.stdlib_module_names:
        return None
    return (
        "the domain imports the standard library and itself, nothing else. "
        "Declare a port for what you need and implement it in packages/adapters."
    )


def _advice_for_runtime(imported: str) -> str | None:
    if imported in sys.stdlib_module_names or imported == DOMAIN:
        return None
    return (
        "the runtime imports the standard library, the domain and itself, nothing else. "
        "What speaks to an outside technology is an adapter, in packages/adapters."
    )


def _advice_for_adapter(imported: str) -> str | None:
    if imported.startswith(ADAPTERS):
        return (
            "an adapter imports no sibling. "
            "Let the app pass one to the other through a port, or move shared rules into the domain."
        )
    if imported in APPS:
        return "an adapter must not know an app. Take what it needs as a constructor argument."
    return None


def _advice_about_client(importer: str, imported: str) -> str | None:
    if importer == CLIENT and imported.startswith("tracklift_"):
        return (
            "the client runs on users' machines, without the server's packages. "
            "It talks to the server over HTTP, and has its own code for what both need."
        )
    if imported == CLIENT and importer not in {STANDALONE, TERMINAL, REDUCER}:
        return (
            "the client is for users' programs; of the server only the command line uses it, "
            "and one adapter its sound extracts."
        )
    return None


def component_folders() -> list[Path]:
    """List the folders that must be components: the domain, the runtime, the client, each adapter, each app."""
    adapters = (ROOT / "packages" / "adapters" / ADAPTERS).iterdir()
    packages = [
        ROOT / "packages" / name / package
        for name, package in (("domain", DOMAIN), ("runtime", RUNTIME), ("client", CLIENT))
    ]
    folders = [*packages, *adapters, *(ROOT / "apps").glob("*/tracklift_*")]
    return sorted(folder for folder in folders if folder.is_dir() and any(folder.rglob("*.py")))


def test_no_module_crosses_a_boundary() -> None:
    found = [violation for module in shipped_modules() for violation in violations(module)]

    assert not found, "\n" + "\n".join(found)


def test_the_walk_sees_every_component() -> None:
    seen = {component(module.name) for module in shipped_modules()}

    assert {DOMAIN, RUNTIME, CLIENT, f"{ADAPTERS}.in_memory", f"{ADAPTERS}.sql", STANDALONE} <= seen
    assert {
        f"{ADAPTERS}.{folder.name}" if folder.parent.name == ADAPTERS else folder.name
        for folder in component_folders()
    } <= seen


def test_the_walk_sees_real_imports() -> None:
    within_domain = [
        imported
        for module in shipped_modules()
        if component(module.name) == DOMAIN
        for imported in module.imports
    ]

    assert len(within_domain) > 50
    assert "dataclasses" in {component(imported.name) for imported in within_domain}


def test_every_component_has_a_build_file() -> None:
    missing = [
        str(folder.relative_to(ROOT)) for folder in component_folders() if not (folder / "BUILD").exists()
    ]

    assert not missing, (
        f"without a BUILD file Pants does not guard {missing}: copy a neighbour's and adapt it"
    )


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tracklift_domain.clock", "import sqlalchemy"),
        ("tracklift_domain.clock", "import tracklift_adapters.sql"),
        ("tracklift_domain.clock", "from typing_extensions import override"),
        ("tracklift_domain.clock", "if TYPE_CHECKING:\n    from litestar import Request"),
        ("tracklift_domain.clock", "def now():\n    import numpy as np"),
        ("tracklift_domain.clock", "importlib.import_module('sqlalchemy.orm')"),
        ("tracklift_domain.conversion.ports", "from ...tracklift_adapters import sql"),
        ("tracklift_domain.clock", "from tracklift_runtime.workers import Workers"),
        ("tracklift_runtime.workers", "import tracklift_adapters.sql"),
        ("tracklift_runtime.workers", "from typing_extensions import override"),
        ("tracklift_runtime.workers", "import tracklift_gateway"),
        ("tracklift_adapters.sql.users", "from tracklift_adapters.in_memory import users"),
        ("tracklift_adapters.sql.users", "from tracklift_adapters import in_memory"),
        ("tracklift_adapters.sql.users", "from ..in_memory.users import InMemoryUsers"),
        ("tracklift_adapters.sql.users", "from .. import in_memory"),
        ("tracklift_adapters.sql.users", "import tracklift_adapters"),
        ("tracklift_adapters.sql.users", "import tracklift_gateway.settings"),
        ("tracklift_adapters.sql.users", "from tests.contracts.users import Contract"),
        ("tracklift_gateway.app", "from tracklift_auth.container import Container"),
        ("tracklift_gateway.app", "import tracklift_standalone"),
        ("tracklift_gateway.app", "import_module('tracklift_auth.app')"),
        ("tracklift_standalone.app", "import pytest"),
        ("tracklift_terminal.upload", "import tracklift_standalone"),
        ("tracklift_gateway.app", "import tracklift_terminal"),
        ("tracklift_client.sound_extract.extract", "import tracklift_domain"),
        ("tracklift_client.sound_extract.extract", "from tracklift_adapters.mp4 import boxes"),
        ("tracklift_client.sound_extract.extract", "import_module('tracklift_standalone.app')"),
        ("tracklift_gateway.app", "import tracklift_client"),
        ("tracklift_adapters.http.problems", "from tracklift_client import sound_extract"),
        ("tracklift_domain.clock", "import tracklift_client"),
    ],
)
def test_the_checker_finds_a_forbidden_import(name: str, source: str) -> None:
    found = list(violations(read_module(name, f"{name.replace('.', '/')}.py", source)))

    assert len(found) == 1
    assert found[0].startswith(f"{name.replace('.', '/')}.py:")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("tracklift_domain.clock", "import datetime, tracklift_domain.errors\nfrom collections import abc"),
        ("tracklift_domain.user.user", "from ..clock import Clock\nfrom . import errors"),
        ("tracklift_adapters.sql.users", "import sqlalchemy\nfrom tracklift_domain.user import user"),
        ("tracklift_adapters.sql.users", "from . import tables\nfrom tracklift_adapters.sql import tables"),
        ("tracklift_runtime.workers", "import asyncio\nfrom tracklift_domain.errors import DomainError"),
        ("tracklift_adapters.moviepy.engine", "import moviepy\nfrom tracklift_runtime import workers"),
        ("tracklift_gateway.app", "from tracklift_adapters.sql import users\nimport tracklift_domain"),
        ("tracklift_standalone.app", "from tracklift_auth import container\nimport tracklift_gateway"),
        ("tracklift_standalone.command_line", "from tracklift_client.sound_extract import extract"),
        ("tracklift_terminal.upload", "from tracklift_client.sound_extract import extract"),
        (
            "tracklift_client.sound_extract.extract",
            "import io\nfrom tracklift_client.sound_extract import boxes",
        ),
    ],
)
def test_the_checker_lets_an_allowed_import_pass(name: str, source: str) -> None:
    assert list(violations(read_module(name, f"{name.replace('.', '/')}.py", source))) == []


SLICES = {
    "media": set[str](),
    "extraction": {"media"},
    "messaging": set[str](),
    "user": {"messaging"},
    "conversion": {"media", "extraction", "user", "messaging"},
    "upload": {"media", "extraction", "conversion", "user"},
    "notification": {"conversion", "extraction", "user", "messaging"},
}
"""The slices of the domain, and which of them each may import. So they form no circle."""


FOLDERS = {
    f"{DOMAIN}.conversion": {
        "watching": set[str](),
        "removal": {"watching"},
        "announcing": set[str](),
        "running": {"watching", "removal", "announcing"},
        "library": {"watching", "removal"},
    },
    f"{DOMAIN}.user": {
        "access": set[str](),
        "password": {"access"},
        "second_factor": {"access", "password"},
        "session": {"access", "password", "second_factor"},
        "api_key": {"access", "session"},
        "mailed_link": {"access", "password"},
        "registration": {"password", "mailed_link"},
        "sign_in_provider": {"session", "registration"},
        "account": {"access", "password", "session", "api_key", "mailed_link", "sign_in_provider"},
        "administration": {"access", "password", "second_factor", "session", "mailed_link", "registration"},
    },
    f"{ADAPTERS}.http": {
        "problems": set[str](),
        "bodies": {"problems"},
        "limits": {"problems"},
        "callers": {"problems", "bodies", "limits"},
        "files": {"problems"},
        "openapi": {"problems", "callers"},
        "application": {"problems", "bodies", "limits", "openapi"},
        "server": {"problems", "limits"},
    },
    f"{ADAPTERS}.mp4": {
        "structure": set[str](),
        "metadata": {"structure"},
        "chapters": {"structure", "metadata"},
        "samples": {"structure"},
        "tracks": {"structure", "samples"},
        "": {"structure", "metadata", "chapters", "samples", "tracks"},
    },
    f"{ADAPTERS}.lame": {
        "mp3": set[str](),
        "encoding": {"mp3"},
        "decoding": {"encoding"},
        "": {"mp3", "encoding", "decoding"},
    },
    # By the process that runs them: so no engine and no preloaded library gets into the application by an import.
    f"{ADAPTERS}.extraction_process": {
        "protocol": set[str](),
        "worker": {"protocol"},
        "fork_server": {"worker"},
        "host": {"protocol"},
    },
}
"""The folders of large packages, and which others each may import; "": the modules next to them, by default none."""


def slice_of(name: str) -> str:
    """Name the slice of the domain that an import name belongs to; "": what all slices may use."""
    parts = name.split(".")
    return parts[1] if parts[0] == DOMAIN and len(parts) > 1 and parts[1] in SLICES else ""


def test_slices_of_the_domain_import_only_those_below_them() -> None:
    folders = {path.name for path in (ROOT / "packages" / "domain" / DOMAIN).iterdir() if path.is_dir()}
    crossing = [
        f"{module.path}:{imported.line} imports {imported.name}"
        for module in shipped_modules()
        if component(module.name) == DOMAIN
        for imported in module.imports
        if slice_of(imported.name)
        and slice_of(imported.name) not in {slice_of(module.name), *SLICES.get(slice_of(module.name), set())}
    ]

    assert folders - {"__pycache__"} == set(SLICES)
    assert not crossing, "\n" + "\n".join(crossing)


def folder_of(name: str, package: str) -> str:
    """Name the folder of a package that an import name belongs to; "": none."""
    within, _, inside = name.partition(f"{package}.")
    folder = inside.partition(".")[0]
    return folder if not within and folder in FOLDERS[package] else ""


@pytest.mark.parametrize("package", FOLDERS)
def test_folders_of_a_package_import_only_those_below_them(package: str) -> None:
    allowed = FOLDERS[package]
    modules = [module for module in shipped_modules() if module.name.startswith(f"{package}.")]
    crossing = [
        f"{module.path}:{imported.line} imports {imported.name}"
        for module in modules
        for imported in module.imports
        if (imports := folder_of(imported.name, package))
        and imports != (folder := folder_of(module.name, package))
        and imports not in allowed.get(folder, ())
    ]

    folders = {Path(module.path).parent.name for module in modules}
    assert folders - {package.rpartition(".")[2]} == set(allowed) - {""}
    assert not crossing, "\n" + "\n".join(crossing)
