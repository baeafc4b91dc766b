"""Commands for conversions on a server: list, watch, download, rename, cancel, retry, rm."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Annotated, Any

import typer

from tracklift_client.async_client import AsyncClient
from tracklift_client.errors import TrackliftError
from tracklift_client.models.conversions import Conversion, State
from tracklift_client.operations.watching import Update
from tracklift_terminal.bars import Bars
from tracklift_terminal.connecting import connect
from tracklift_terminal.exit_codes import EXIT_CODES, ExitCode
from tracklift_terminal.outputs import check_download_target
from tracklift_terminal.running import code_of, run, sentence
from tracklift_terminal.shown import conversion_line, say, update_line, write_failure, write_json, write_line
from tracklift_terminal.usage import usage_told

_Json = Annotated[bool, typer.Option("--json", help="Write one JSON object a line.")]
_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what goes wrong.")]
_Ids = Annotated[
    list[str], typer.Argument(metavar="ID...", help="As 'tracklift list' shows them.", show_default=False)
]


def add_conversion_commands(cli: typer.Typer) -> None:
    """Add the commands of this module."""
    cli.command("list", epilog=EXIT_CODES)(list_them)
    for command in (watch, download, rename, cancel, retry, rm):
        cli.command(epilog=EXIT_CODES)(command)


def list_them(
    *,
    state: Annotated[State | None, typer.Option(help="Only those in this state.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at the most, newest first.")] = 20,
    as_json: _Json = False,
) -> None:
    """List your conversions: id, creation time, state, the video's name."""
    run(_list(state, limit, as_json=as_json))


def watch(
    conversion_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Only this one, until it has ended.", show_default=False),
    ] = None,
    *,
    as_json: _Json = False,
) -> None:
    """Show the updates of a conversion until it ends, or of all your conversions until Ctrl-C."""
    run(_watch(conversion_id, as_json=as_json))


def download(
    ids: _Ids,
    *,
    output: Annotated[
        str,
        typer.Option("-o", "--output", metavar="PATH", help="A file, a folder, or - for standard output."),
    ] = ".",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
    quiet: _Quiet = False,
    as_json: _Json = False,
) -> None:
    """Download MP3s. An interrupted download is resumed."""
    with usage_told():
        check_download_target(output, several=len(ids) > 1)
    run(_download(ids, output, overwrite=overwrite, quiet=quiet, as_json=as_json))


def rename(
    conversion_id: Annotated[
        str, typer.Argument(metavar="ID", help="As 'tracklift list' shows it.", show_default=False)
    ],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What it is called from now on.", show_default=False)
    ],
    *,
    as_json: _Json = False,
) -> None:
    """Rename a conversion and its MP3; the file extensions stay."""
    run(_rename(conversion_id, name, as_json=as_json))


def cancel(ids: _Ids, *, as_json: _Json = False) -> None:
    """Stop conversions that have not ended."""
    run(_for_each(ids, lambda client, each: client.cancel(each), "cancelled", as_json=as_json))


def retry(ids: _Ids, *, as_json: _Json = False) -> None:
    """Requeue conversions that failed for a passing reason."""
    run(_for_each(ids, lambda client, each: client.retry(each), "queued again", as_json=as_json))


def rm(ids: _Ids, *, as_json: _Json = False) -> None:
    """Delete conversions with their videos and MP3s."""
    run(_for_each(ids, lambda client, each: client.delete(each), "deleted", as_json=as_json))


async def _list(state: State | None, limit: int, *, as_json: bool) -> ExitCode:
    left = limit
    async with connect() as client, aclosing(client.each(state=state)) as found:
        async for conversion in found:
            write_json(conversion) if as_json else write_line(conversion_line(conversion))
            left -= 1
            if left == 0:
                break
    return ExitCode.OK


async def _watch(conversion_id: str | None, *, as_json: bool) -> ExitCode:
    last: Update | None = None
    async with connect() as client:
        updates = client.watch_all() if conversion_id is None else client.watch(conversion_id)
        async with aclosing(updates):
            async for update in updates:
                last = update
                write_json(update) if as_json else write_line(update_line(update))
    completed = isinstance(last, Conversion) and last.state in {State.COMPLETED, State.EXPIRED}
    return ExitCode.OK if completed else ExitCode.FAILED


async def _download(
    ids: Sequence[str], output: str, *, overwrite: bool, quiet: bool, as_json: bool
) -> ExitCode:
    code = ExitCode.OK
    async with connect(quiet=quiet) as client:
        if output == "-":
            return await _to_standard_output(client, ids)
        target = Path(output)
        if len(ids) > 1 or output.endswith("/"):
            await asyncio.to_thread(target.mkdir, parents=True, exist_ok=True)
        with Bars(shown=not quiet) as bars:
            for each in ids:
                try:
                    with bars.bar(each) as bar:
                        path = await client.download(each, target, overwrite=overwrite, progress=bar.bytes)
                except (TrackliftError, OSError) as error:
                    reason = _with_hint(error)
                    if as_json:
                        write_failure({"id": each}, error, reason)
                    bars.failed(each, reason)
                    code = code.and_then(code_of(error))
                else:
                    if as_json:
                        write_json({"id": each, "path": str(path)})
                    elif not quiet:
                        bars.say(str(path))
    return code


async def _to_standard_output(client: AsyncClient, ids: Sequence[str]) -> ExitCode:
    for each in ids:
        async with aclosing(client.audio_pieces(each)) as pieces:
            async for piece in pieces:
                await asyncio.to_thread(sys.stdout.buffer.write, piece)
    await asyncio.to_thread(sys.stdout.buffer.flush)
    return ExitCode.OK


async def _rename(conversion_id: str, name: str, *, as_json: bool) -> ExitCode:
    async with connect() as client:
        renamed = await client.rename(conversion_id, name)
    write_json(renamed) if as_json else write_line(conversion_line(renamed))
    return ExitCode.OK


async def _for_each(
    ids: Sequence[str], change: Callable[[AsyncClient, str], Awaitable[Any]], done: str, *, as_json: bool
) -> ExitCode:
    code = ExitCode.OK
    async with connect() as client:
        for each in ids:
            try:
                changed = await change(client, each)
            except TrackliftError as error:
                reason = sentence(error)
                if as_json:
                    write_failure({"id": each}, error, reason)
                say(f"{each}: {reason}")
                code = code.and_then(code_of(error))
            else:
                if as_json:
                    write_json({"id": each, "deleted": True} if changed is None else changed)
                else:
                    say(f"{each}  {done}")
    return code


def _with_hint(error: Exception) -> str:
    if isinstance(error, FileExistsError):
        return f"{error} Give --overwrite to replace it, or -o to name another."
    return sentence(error)
