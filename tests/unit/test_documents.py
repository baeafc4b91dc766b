"""What the documents name exists: files and headings behind links, `make` targets, settings, paths and commands."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from tracklift_adapters.environment.openid_settings import OpenIdProviderSettings
from tracklift_auth.settings import AuthSettings
from tracklift_converter.settings import ConverterSettings
from tracklift_gateway.settings import GatewaySettings
from tracklift_notification.settings import NotificationSettings
from tracklift_standalone.settings import StandaloneSettings
from tracklift_terminal.connecting import API_KEY_VARIABLE, SERVER_VARIABLE

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = (AuthSettings, ConverterSettings, GatewaySettings, NotificationSettings, StandaloneSettings)
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "deploy").rglob("*.md")),
]
PROVIDERS = ("AUTHELIA", "AUTHENTIK", "COMPANY", "GOOGLE", "KEYCLOAK")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]+`", re.DOTALL | re.MULTILINE)
TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
VARIABLE = re.compile(r"\bTRACKLIFT_[A-Z_]*[A-Z]\b")
ABBREVIATED = re.compile(r"`(?:(TRACKLIFT_[A-Z_]*[A-Z])|…((?:_[A-Z]+)+))`")
"""A variable, or the end of one that begins as the variable before it."""
PATH = re.compile(r"(?<![\w./-])(?:apps|benchmarks|build-support|deploy|docs|packages|tests)/[\w./-]*\w")
OPERATE = re.compile(r"python -m tracklift_(\w+) ([a-z-]+)")

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: str(document.relative_to(ROOT))
)


def code_in(document: Path) -> Iterator[str]:
    """Give what is written as code, in lines and in blocks."""
    return (found.group() for found in CODE.finditer(document.read_text()))


def named_in(document: Path, pattern: re.Pattern[str]) -> set[str]:
    """Give what a pattern finds in a document's code."""
    return {name for code in code_in(document) for name in pattern.findall(code)}


def anchors(document: Path) -> set[str]:
    """Give what can stand behind the # of a link to a document: its headings in the form that GitHub gives them."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(document: Path) -> Iterator[str]:
    """Give the links of a document that lead nowhere in this repository."""
    for link in LINK.findall(document.read_text()):
        if ":" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def unknown_variables(document: Path) -> list[str]:
    """Give the variables of a document that neither an app reads nor what starts servers and containers."""
    settings = {f"TRACKLIFT_{field.name.upper()}" for app in SETTINGS for field in fields(app)}
    # The variables of a sign-in provider have its name in them.
    settings |= {
        f"TRACKLIFT_OPENID_{name}_{field.name.upper()}"
        for name in PROVIDERS
        for field in fields(OpenIdProviderSettings)
    }
    settings |= {SERVER_VARIABLE, API_KEY_VARIABLE}
    known = settings | variables_in([*ROOT.glob("compose*.yaml"), *(ROOT / "tests/servers").glob("*.py")])
    return sorted(
        name for name in variables_in([document]) - known if name.removesuffix("_FILE") not in settings
    )


def variables_in(paths: Iterable[Path]) -> set[str]:
    """Give the variables that files name."""
    return {name for path in paths for name in VARIABLE.findall(path.read_text())}


@each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    assert list(broken_links(document)) == []


def test_a_link_that_leads_nowhere_would_be_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "# A page\n[there](page.md#a-page) [here](#a-page) [not](none.md) [nor](page.md#none)"
    )

    assert list(broken_links(document)) == ["none.md", "page.md#none"]


@each_document
def test_every_make_target_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert named_in(document, TARGET) <= targets


@each_document
def test_every_variable_exists(document: Path) -> None:
    assert unknown_variables(document) == []


def test_a_variable_that_no_app_reads_would_be_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("`TRACKLIFT_KEEP_AUDIO`, `TRACKLIFT_MYSQL_URL_FILE`, `TRACKLIFT_KEEP_VIDEO`")

    assert unknown_variables(document) == ["TRACKLIFT_KEEP_VIDEO"]


def documented_variables(document: Path) -> set[str]:
    """Give the variables of a document, those among them of which only the end is written."""
    whole, found = "", set[str]()
    for name, end in ABBREVIATED.findall(document.read_text()):
        whole = name or whole
        words = whole.split("_")
        found |= {name} if name else {"_".join(words[:count]) + end for count in range(1, len(words))}
    return found


def test_every_setting_of_every_app_is_documented() -> None:
    """In the README or in a guide."""
    documents = [ROOT / "README.md", *(ROOT / "docs/guides").glob("*.md")]
    documented = set().union(*(documented_variables(document) for document in documents))

    assert {f"TRACKLIFT_{field.name.upper()}" for app in SETTINGS for field in fields(app)} <= documented


def test_the_end_of_a_variable_stands_for_one_that_begins_as_the_one_before(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text("`TRACKLIFT_SMTP_HOST`, `…_PORT` and TRACKLIFT_LEASE")

    assert documented_variables(document) >= {"TRACKLIFT_SMTP_HOST", "TRACKLIFT_SMTP_PORT"}
    assert "TRACKLIFT_LEASE" not in documented_variables(document)


@each_document
def test_every_path_exists(document: Path) -> None:
    """Those of folders that are tracked; what is made on the way is in `secrets`, which git ignores."""
    named = {path for path in named_in(document, PATH) if not path.endswith("/secrets")}

    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@each_document
def test_every_command_of_an_app_exists(document: Path) -> None:
    for code in code_in(document):
        for app, command in OPERATE.findall(code):
            source = (ROOT / f"apps/{app}/tracklift_{app}/__main__.py").read_text()
            assert f'"{command}"' in source, f"{app} has no command {command}"
