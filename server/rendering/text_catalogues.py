"""Folders of catalogues: one TOML file for each language, beside the code that shows the texts.

English is complete; another language may leave texts out, and adding a language is adding a file.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from server.domain.languages.catalogue import DEFAULT_LANGUAGE, Catalogue

_FOLDER: Final = "texts"
_SUFFIX: Final = ".toml"


class CatalogueFolder:
    """The catalogues of one folder, by language."""

    def __init__(self, catalogues: Mapping[str, Catalogue]) -> None:
        self._catalogues = catalogues

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a file, in alphabetical order."""
        return tuple(sorted(self._catalogues))

    def choose_catalogue(self, *wanted: str) -> Catalogue:
        """Returns the first wanted language that has a file, else English; `de-AT` is `de`."""
        for language in wanted:
            found = self._catalogues.get(language.lower().partition("-")[0])
            if found is not None:
                return found
        return self._catalogues[DEFAULT_LANGUAGE]


def load_catalogues(package: str) -> CatalogueFolder:
    """Returns the files `texts/LANGUAGE.toml` of a package; what one lacks is in English."""
    found = {
        it.name.removesuffix(_SUFFIX): tomllib.loads(it.read_text("utf-8"))
        for it in files(package).joinpath(_FOLDER).iterdir()
        if it.name.endswith(_SUFFIX)
    }
    english = Catalogue(DEFAULT_LANGUAGE, found[DEFAULT_LANGUAGE])
    catalogues = {language: Catalogue(language, tables) for language, tables in found.items()}
    return CatalogueFolder(
        {
            language: Catalogue(language, {**english.sentences, **it.sentences})
            for language, it in catalogues.items()
        }
    )
