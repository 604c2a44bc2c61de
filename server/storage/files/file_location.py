"""The location of files: the setting `--files`, or a folder beside the database."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Final

from obstore.exceptions import BaseError
from obstore.store import S3Store

from server.command_errors import CommandError
from server.storage.engine.database_url import is_postgres, parse_sqlite_path
from server.storage.files.disk_store import DiskStore
from server.storage.files.file_store import FileStore
from server.storage.files.object_store import ObjectFileStore

S3_SCHEME: Final = "s3://"
POSTGRES_FOLDER: Final = "deskwire-files"
_SUFFIX: Final = ".files"
_RETRY_SECONDS: Final = 20
"""Seconds after which a caller is told that the service is away; obstore would try for minutes."""


class BadFileLocation(CommandError):
    """The setting names no place for files."""


def find_file_location(setting: str | None, database_url: str) -> str:
    """Returns a folder or an `s3://` URL; by default a folder beside the database."""
    if setting:
        return setting
    if is_postgres(database_url):
        return POSTGRES_FOLDER
    return parse_sqlite_path(database_url) + _SUFFIX


def open_file_store(setting: str | None, database_url: str) -> FileStore:
    """Returns the store of a normalized database URL. Raises BadFileLocation."""
    location = find_file_location(setting, database_url)
    if not location.startswith(S3_SCHEME):
        if "://" in location:
            raise BadFileLocation("--files must be a folder or s3://BUCKET/PREFIX.")
        return DiskStore(Path(location))
    if not location.removeprefix(S3_SCHEME).strip("/"):
        raise BadFileLocation("--files names no bucket: use s3://BUCKET/PREFIX.")
    try:
        return ObjectFileStore(
            S3Store.from_url(
                location,
                client_options={
                    "connect_timeout": "5s",
                    "timeout": "60s",
                    # Options of our own make obstore ignore this variable.
                    "allow_http": os.environ.get("AWS_ALLOW_HTTP", "").lower() in {"1", "true"},
                },
                retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=_RETRY_SECONDS)},
            )
        )
    except (BaseError, ValueError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise BadFileLocation(f"--files cannot be used: {reason}.") from error
