"""The system's dictionaries: those of Hunspell, read by the optional library `chunspell`."""

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

from tui.model.spelling import WordList

_FOLDERS: Final = ("/usr/share/hunspell", "/usr/share/myspell/dicts", "/Library/Spelling")
_USUAL_REGIONS: Final = {"en": "en_US", "de": "de_DE", "pt": "pt_PT", "es": "es_ES", "fr": "fr_FR"}


def find_dictionary(language: str, folders: tuple[str, ...] = _FOLDERS) -> Path | None:
    """Returns the `.aff` file of a language: `de_AT`, or `de`, in its usual region first.

    The region of this machine (`LANG`) counts where it is of the language.
    """
    wanted = language.replace("-", "_")
    here = os.environ.get("LANG", "").partition(".")[0]
    base = wanted.partition("_")[0]
    names = [wanted, here if here.startswith(f"{base}_") else "", _USUAL_REGIONS.get(base, "")]
    for folder in map(Path, folders):
        exact = (folder / f"{name}.aff" for name in names if name)
        for path in (*exact, *sorted(folder.glob(f"{base}_*.aff"))):
            if path.is_file() and path.with_suffix(".dic").is_file():
                return path
    return None


def load_dictionary(language: str) -> WordList | None:
    """Reads the dictionary of a language; None where there is none, or no library for it.

    It takes up to a second: call it on another thread.
    """
    path = find_dictionary(language)
    if path is None:
        return None
    # Whatever an optional library or a broken file raises, one writes on without it.
    with suppress(Exception):
        library = import_module("hunspell")
        words: WordList = library.Hunspell(path.stem, hunspell_data_dir=str(path.parent))
        return words
    return None
