"""Each app's extra in `pyproject.toml` holds what the app imports, through whichever of our modules, and nothing else.

So `pip install '.[auth]'` is enough to run auth.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions

import pytest

from tests.unit.source_modules import ROOT, Module, shipped_modules

SERVICES = ("gateway", "auth", "converter", "notification")
WITH_EXTRA = (*SERVICES, "client", "terminal")
NAMED = re.compile(r"\"(tracklift_\w+(?:\.\w+)+)(?::\w+)?\"")
"""A module of ours, or a class in it, as text: the process that imports it is another one."""
BROUGHT_BY_IMPORT = {
    "litestar.plugins.prometheus": "prometheus-client",
    "uvicorn.protocols.http.httptools_impl": "httptools",
}
"""What a third party's module imports though its distribution does not require it."""
FOUND_BY_NAME = {
    "aiosqlite": "sqlalchemy",  # by the database's URL
    "asyncmy": "sqlalchemy",  # by the database's URL
    "uvloop": "uvicorn",  # where it is installed
}
"""What no import shows, and the distribution that loads it."""


def normal(name: str) -> str:
    """Give the name of a distribution as indexes compare it (Python Packaging User Guide, name normalization)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def declared(extra: str) -> set[str]:
    """Name the distributions of an extra, with those that every app gets."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = (
        re.match(r"[\w.-]+", requirement)
        for requirement in [*project["dependencies"], *project["optional-dependencies"][extra]]
    )
    return {normal(name.group()) for name in names if name}


@cache
def modules_by_name() -> Mapping[str, Module]:
    """Give all modules that are shipped."""
    return {module.name: module for module in shipped_modules()}


@cache
def distributions() -> Mapping[str, list[str]]:
    """Give the installed distributions by the packages that they hold."""
    return packages_distributions()


@cache
def named_in_text(path: str) -> list[str]:
    """Give what the source of a module names in text."""
    return NAMED.findall((ROOT / path).read_text(encoding="utf-8"))


def reached_from(package: str) -> Iterator[Module]:
    """Give the modules that a package imports, directly or not, and its own."""
    modules = modules_by_name()
    waiting = [name for name in modules if name.partition(".")[0] == package]
    seen = set(waiting)
    while waiting:
        module = modules[waiting.pop()]
        yield module
        for name in (*(imported.name for imported in module.imports), *named_in_text(module.path)):
            parts = name.split(".")
            # The packages above it are imported too; the last part may be no module but something in it.
            for end in range(1, len(parts) + 1):
                found = ".".join(parts[:end])
                if found in modules and found not in seen:
                    seen.add(found)
                    waiting.append(found)


@cache
def needed(package: str) -> frozenset[str]:
    """Name the distributions that a package of ours imports, directly or not."""
    known = distributions()
    names = {imported.name for module in reached_from(package) for imported in module.imports}
    installed = {
        normal(distribution)
        for name in names
        for distribution in known.get(name.partition(".")[0], ())
        if not name.startswith("tracklift_") and not distribution.startswith("types-")
    }
    return frozenset(installed) | {
        brought
        for module, brought in BROUGHT_BY_IMPORT.items()
        if any(f"{name}.".startswith(f"{module}.") for name in names)
    }


@pytest.mark.parametrize("app", WITH_EXTRA)
def test_the_extra_of_an_app_holds_all_that_the_app_imports(app: str) -> None:
    assert sorted(needed(f"tracklift_{app}") - declared(app)) == []


@pytest.mark.parametrize("app", WITH_EXTRA)
def test_the_extra_of_an_app_holds_nothing_that_the_app_does_not_need(app: str) -> None:
    imported = needed(f"tracklift_{app}")
    by_name = {name for name, loader in FOUND_BY_NAME.items() if loader in imported}

    assert sorted(declared(app) - imported - by_name - {"typing-extensions"}) == []


def test_the_extra_of_the_standalone_app_is_those_of_the_services_and_its_own() -> None:
    every = declared("standalone") | {name for app in WITH_EXTRA for name in declared(app)}

    assert sorted(needed("tracklift_standalone") - every) == []


def test_the_walk_sees_what_is_named_in_text() -> None:
    """The converter's engines, and a library that is looked up rather than imported."""
    assert {"av", "lameenc", "moviepy"} <= needed("tracklift_converter")
    assert "swagger-ui-py" in needed("tracklift_gateway")


def test_the_walk_does_not_see_what_other_apps_import() -> None:
    assert not needed("tracklift_notification") & {"sqlalchemy", "av", "httpx"}
