"""Answers that are no JSON: files, mails and tables, piece by piece."""

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from tui.cli import text_table
from tui.cli.rest_caller import ApiRequest, RestCaller
from tui.text import safe_text


def print_raw_answer(caller: RestCaller, request: ApiRequest, output: str | None) -> None:
    """Writes the answer to a file, or to standard output. Raises click.UsageError.

    On a terminal only text is shown, and no byte of it controls the terminal.
    """
    to_terminal = output in {None, "-"} and text_table.has_terminal()
    if to_terminal and request.endpoint.answer is bytes:
        raise click.UsageError("a file is not shown on a terminal: give --output, or a pipe.")
    if to_terminal:
        text = caller.fetch(request).decode(errors="replace")
        click.echo(safe_text.clean_block(text))
        return
    chunks = caller.fetch_chunks(request)
    first = next(chunks, b"")  # before the file: a refusal leaves none
    try:
        with (
            nullcontext(sys.stdout.buffer)
            if output in {None, "-"}
            else Path(str(output)).open("xb") as file
        ):
            file.write(first)
            for chunk in chunks:
                file.write(chunk)
    except FileExistsError as error:
        raise click.UsageError(f"{output} exists; no file is overwritten.") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise click.UsageError(f"{output}: {error.strerror}") from error
