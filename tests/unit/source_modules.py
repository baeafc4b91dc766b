"""The modules that are shipped, with what each imports, read from source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = [
    *sorted(path for path in (ROOT / "packages").iterdir() if path.is_dir()),
    *sorted(path for path in (ROOT / "apps").iterdir() if path.is_dir()),
]


@dataclass(frozen=True)
class Import:
    """One imported name, in full, and the line that asks for it."""

    name: str
    line: int


@dataclass(frozen=True)
class Module:
    """A module by its import name, with what it imports anywhere in its source."""

    name: str
    path: str
    imports: tuple[Import, ...]


def read_module(name: str, path: str, source: str) -> Module:
    """Find every import: at the top, inside functions, under TYPE_CHECKING, and by literal name, also to read files."""
    package = name if path.endswith("__init__.py") else name.rpartition(".")[0]
    found = []
    for node in ast.walk(ast.parse(source, path)):
        found += [Import(imported, node.lineno) for imported in _imported_names(node, package)]  # type: ignore[attr-defined]
    return Module(name, path, tuple(found))


def _imported_names(node: ast.AST, package: str) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            parents = package.split(".")[: len(package.split(".")) - level + 1] if level else []
            base = ".".join([*parents, *([module] if module else [])])
            yield from (f"{base}.{alias.name}" for alias in names)
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__")
            | ast.Attribute(attr="import_module" | "find_spec" | "files"),
            args=[ast.Constant(value=str(imported)), *_],
        ):
            yield imported


@cache
def shipped_modules() -> tuple[Module, ...]:
    """Read every module below packages/ and apps/, once."""
    modules = []
    for root in SOURCE_ROOTS:
        for path in sorted(root.rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            source = path.read_text(encoding="utf-8")
            modules.append(read_module(name, str(path.relative_to(ROOT)), source))
    return tuple(modules)
