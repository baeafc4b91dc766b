"""The output path of each input."""

import os
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracklift_domain.conversion.file_name import audio_file_name, clean_file_name
from tracklift_terminal.inputs import STANDARD, Input

TEMPLATE_FIELDS = ("name", "title", "artist", "album")
"""The fields that a template may have: the input's name without its extension, and tags of the MP3."""
IsOwn = Callable[[Path], bool]
"""Tells whether an earlier run made this MP3 from the same file, so that it may be replaced."""


class OutputExistsError(Exception):
    """There is already a file in the MP3's place, and it may not be replaced."""

    code = "exists"

    def __init__(self, path: Path, advice: str) -> None:
        super().__init__(f"{path} exists already: {advice}")
        self.path = path


class OutputTakenError(Exception):
    """The file is the MP3 of another input of the same run, which is never replaced."""

    code = "exists"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is already the MP3 of another input.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """Which existing MP3s are replaced."""

    all: bool = False
    is_own: IsOwn = lambda _: False
    advice: str = "remove it, or replace it with --overwrite."
    """What the user can do about an MP3 that is kept."""

    def check(self, path: Path) -> bool:
        """Tell whether an existing file may be replaced.

        Raises:
            OutputExistsError: there is a file, and it may not be replaced.
        """
        if self.all or self.is_own(path):
            return True
        if path.exists():
            raise OutputExistsError(path, self.advice)
        return False


class TakenOutputs:
    """The output paths of one run, so that no input overwrites the MP3 of another."""

    def __init__(self) -> None:
        self._paths: set[Path] = set()

    def take(self, path: Path, replacing: Replacing) -> bool:
        """Take a path for an input, and tell whether an existing file may be replaced.

        Raises:
            OutputExistsError: there is a file, and it may not be replaced.
            OutputTakenError: another input has the path.
        """
        overwrite = replacing.check(path)
        if path in self._paths:
            raise OutputTakenError(path)
        self._paths.add(path)
        return overwrite


@dataclass(frozen=True, slots=True)
class Output:
    """Where one MP3 goes."""

    path: Path
    template: str | None = None

    @property
    def is_standard(self) -> bool:
        """Whether it is standard output."""
        return self.template is None and str(self.path) == STANDARD

    def filled_in(self, fields: Mapping[str, str]) -> Path:
        """Give the path, with a template's fields filled in; no field leads to another folder."""
        if self.template is None:
            return self.path
        return Path(self.template.format_map({name: safe_part(value) for name, value in fields.items()}))


def safe_part(text: str, *, otherwise: str = "unnamed") -> str:
    """Make any text one part of a path; a text that can't be one, such as "..", becomes `otherwise`."""
    return clean_file_name(text.replace("/", "-").replace("\\", "-"), otherwise=otherwise)


def plan_outputs(inputs: Sequence[Input], output: str | None) -> list[Output]:
    """Plan where the MP3 of each input goes: to `output`, or next to the input.

    `output` is a file if there is one input, no such folder exists and it does not end with a slash, else a
    folder. It is a template if it contains a brace. Videos that were found in a folder keep their subfolders.
    Without `output`, standard input goes to standard output.

    Raises:
        ValueError: `output` is not valid, such as a file that does not end with `.mp3`, two inputs would have
            the same output, or an input would be overwritten.
    """
    _check_not_empty(output)
    outputs = [_output(each, output, several=len(inputs) > 1) for each in inputs]
    paths = [each.path for each in outputs if each.template is None]
    for each, target in zip(inputs, outputs, strict=True):
        if target.template is not None:
            continue
        if paths.count(target.path) > 1:
            raise ValueError(
                f"More than one input would become {target.path}: convert them one by one with -o."
            )
        if not (each.is_standard or target.is_standard) and each.path.resolve() == target.path.resolve():
            raise ValueError(f"{each.given} would be replaced by its own MP3: name another file with -o.")
    return outputs


def _output(each: Input, output: str | None, *, several: bool) -> Output:
    if output == STANDARD or (output is None and each.is_standard):
        return Output(Path(STANDARD))
    name = "audio.mp3" if each.is_standard else audio_file_name(each.path.name)
    if output is None:
        # The current folder has no name. A folder as input is refused later.
        return Output(each.path.with_name(name) if each.path.name else each.path / name)
    if "{" in output or "}" in output:
        return Output(Path(output), template=_checked(output))
    if _is_folder(output, several=several):
        return Output(Path(output) / each.below / name)
    return Output(Path(output))


def check_download_target(output: str, *, several: bool) -> None:
    """Check that `output`, a file, a folder or standard output, can hold one MP3, or several.

    Raises:
        ValueError: it can't.
    """
    _check_not_empty(output)
    if output != STANDARD:
        _is_folder(output, several=several)


def _check_not_empty(output: str | None) -> None:
    if output == "":
        # As a path, it would be the current folder.
        raise ValueError("-o is empty: name a file or a folder.")


def _is_folder(output: str, *, several: bool) -> bool:
    if output.endswith(os.sep) or Path(output).is_dir():
        return True
    if (Path(output).suffix.lower() == ".mp3") is several:
        raise ValueError(
            f"-o {output}: one file can't be several MP3s: name a folder with a slash at the end."
            if several
            else f"-o {output}: only MP3 is made: name a file that ends with .mp3, or a folder with a slash at the end."
        )
    return several


def _checked(template: str) -> str:
    try:
        fields = {name for _, name, *_ in string.Formatter().parse(template) if name is not None}
    except ValueError as error:
        raise ValueError(f"-o {template}: {error}.") from error
    unknown = fields - set(TEMPLATE_FIELDS)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in TEMPLATE_FIELDS)
        raise ValueError(f"-o {template}: there is no {{{min(unknown)}}}; a template has {known}.")
    if Path(template).suffix.lower() != ".mp3":
        raise ValueError(f"-o {template}: only MP3 is made: let the template end with .mp3.")
    return template
