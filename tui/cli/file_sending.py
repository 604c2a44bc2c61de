"""Sends a message with files. The client's code for forms is imported with the first file."""

from pathlib import Path
from typing import Any

import click
import msgspec

from common.file_messages import SendFiles
from tui.cli.command_table import ApiCommand
from tui.cli.rest_caller import ApiRequest, RestCaller


def send_files(
    caller: RestCaller, command: ApiCommand, request: ApiRequest, paths: tuple[str, ...]
) -> bytes:
    """Returns the answer. Raises ApiProblem, Unreachable, click.UsageError."""
    import asyncio  # late, as aiohttp: both take long to import

    from tui.network.client import Client
    from tui.network.upload_form import UploadFailed

    values: dict[str, Any] = msgspec.json.decode(request.body or b"{}")
    try:
        message = msgspec.convert({**command.fixed, **values}, SendFiles)
    except msgspec.ValidationError as error:
        raise click.UsageError(str(error)) from error

    async def send() -> bytes:
        async with Client(caller.server_url, caller.org_id, caller.token) as client:
            sent = await client.send_files(
                int(request.path["number"]),
                message,
                [Path(path) for path in paths],
                key=request.key,
            )
            return msgspec.json.encode(sent)

    try:
        return asyncio.run(send())
    except UploadFailed as error:
        raise click.UsageError(str(error)) from error
