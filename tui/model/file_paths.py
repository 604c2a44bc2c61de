"""Paths that an agent types: completed from the disk, and checked before they are used."""

import os
from pathlib import Path

from platformdirs import user_downloads_path

from common.organization import Organization
from common.safe_names import clean_file_name, find_extension
from tui.text import formatting

_MOST_COMPLETIONS = 200


def expand_path(text: str) -> Path:
    """Returns the path that a text stands for; `~` is the agent's home. It is absolute."""
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError:  # a user whom this machine does not know
        path = Path(text.strip())
    return Path(os.path.normpath(Path.cwd() / path))


def shorten_path(path: Path) -> str:
    """Returns a path as people write it: with `~` for their home."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def list_completions(text: str, *, folders_only: bool = False) -> list[str]:
    """Returns what the text can become: folders, which end in `/`, and then files, by name.

    Hidden ones are offered where a dot was typed. A folder that cannot be read offers nothing.
    """
    folder_text, _, begin = text.rpartition("/")
    given = f"{folder_text}/" if "/" in text else ""
    try:
        entries = list(os.scandir(expand_path(given or ".")))
    except (OSError, ValueError):
        return []
    folders, files = [], []
    for entry in entries:
        name = entry.name
        is_offered = name.startswith(begin) and (begin or not name.startswith("."))
        if not is_offered or not name.isprintable():
            continue
        if _is_folder(entry):
            folders.append(f"{given}{name}/")
        elif not folders_only:
            files.append(f"{given}{name}")
    return [*sorted(folders), *sorted(files)][:_MOST_COMPLETIONS]


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def find_download_folder() -> Path:
    """Returns the desktop's folder for downloads; the home where there is none."""
    folder = user_downloads_path()
    return folder if folder.is_dir() else Path.home()


def propose_target(name: str) -> str:
    """Returns where a file of this name is saved unless the agent says otherwise.

    The name comes from a stranger: it has no folders, no control characters, and is not hidden.
    """
    return shorten_path(find_download_folder() / clean_file_name(name))


def choose_target(text: str, name: str) -> Path:
    """Returns the path to save a file at; a folder takes it under its own name."""
    path = expand_path(text)
    return path / clean_file_name(name) if path.is_dir() else path


def explain_bad_target(text: str) -> str | None:
    """Returns why nothing can be saved at a path; None: it can be tried."""
    if not text.strip():
        return "Type a path."
    try:
        path = expand_path(text)
        folder = path if path.is_dir() else path.parent
        if not folder.is_dir():
            return f"There is no folder {shorten_path(folder)}."
        is_writable = os.access(folder, os.W_OK)
    except (OSError, ValueError) as error:
        return _describe_error(error)
    return None if is_writable else f"You may not write in {shorten_path(folder)}."


def explain_bad_upload(path: Path, organization: Organization | None) -> str | None:
    """Returns why a file cannot be sent, by its limits and rights; None: it can."""
    try:
        if path.is_dir():
            return f"{path.name} is a folder."
        if not path.is_file():
            return f"There is no file {shorten_path(path)}."
        size = path.stat().st_size
        is_readable = os.access(path, os.R_OK)
    except (OSError, ValueError) as error:
        return _describe_error(error)
    if not is_readable:
        return f"You may not read {path.name}."
    return _explain_refused_file(path.name, size, organization) if organization else None


def _explain_refused_file(name: str, size: int, organization: Organization) -> str | None:
    most = organization.attachment_max_bytes
    if size > most:
        return (
            f"{name} has {formatting.format_size(size)} of at most {formatting.format_size(most)}."
        )
    if find_extension(name) in organization.blocked_attachments:
        return f"{organization.name} takes no .{find_extension(name)} files."
    return None


def _describe_error(error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{reason or 'This is no path'}."
