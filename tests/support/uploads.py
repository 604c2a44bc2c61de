"""Forms with files, as clients send them."""

import io
from typing import Any

import aiohttp

from tests.support.rest import Caller, Reply

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n"
PROGRAM = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00"


def make_form(*files: tuple[str, bytes], **fields: str) -> aiohttp.FormData:
    """Returns a form with fields and files, each a name and its bytes."""
    form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    for name, text in fields.items():
        form.add_field(name, text)
    for name, content in files:
        form.add_field("file", io.BytesIO(content), filename=name)
    return form


async def send_files(
    caller: Caller, number: int, *files: tuple[str, bytes], headers: Any = None, **fields: str
) -> Reply:
    """Sends a message with files."""
    form = make_form(*files, **fields)
    path = f"/tickets/{number}/attachments"
    return await caller.ask("POST", path, data=form, headers=headers or {})
