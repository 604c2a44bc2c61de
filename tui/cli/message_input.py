"""Reads the text of a message: from an option, a file, standard input or an editor."""

import os
import sys
from pathlib import Path
from typing import Final

import click

_HINT: Final = "# Write the text above. Lines that begin with # here at the end are not sent.\n"


def read_message_text(text: str | None, path: str | None) -> str:
    """Returns the text. Raises click.UsageError where there is none.

    Without an option it is standard input, or on a terminal what is written in `$EDITOR`.
    """
    if text is not None and path is not None:
        raise click.UsageError("--message and --file cannot be combined.")
    if text is None:
        text = _read_file(path) if path is not None else _read_standard_input()
    if not text.strip():
        raise click.UsageError("the text is empty, so nothing was sent.")
    return text


def _read_file(path: str) -> str:
    if path == "-":
        return sys.stdin.read()
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise click.UsageError(f"{path}: {reason}") from error


def _read_standard_input() -> str:
    if not sys.stdin.isatty():
        try:
            return sys.stdin.read()
        except UnicodeDecodeError as error:
            raise click.UsageError("standard input is not UTF-8 text.") from error
    if not sys.stdout.isatty():
        raise click.UsageError("no text: give --message, --file, or text on standard input.")
    return _write_in_editor()


def _write_in_editor() -> str:
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    written = click.edit(f"\n{_HINT}", editor=editor, extension=".txt")
    if written is None:
        raise click.UsageError("nothing was written, so nothing was sent.")
    return written.removesuffix(_HINT).strip("\n")


def read_password_line(label: str) -> str:
    """Returns a password that is typed unseen, or the next line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt(label, hide_input=True, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError(f"{label}: give it as a line of standard input.")
    return line
