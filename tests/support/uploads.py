"""Forms with files, as clients send them."""

import hashlib
import io
from typing import Any

import aiohttp

from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import attached_files
from server.desk.tickets.attached_files import NewFile
from server.storage.files.file_store import StoredFile
from server.storage.queries.attachment import file_deletions
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


def attach_named_file(work: UnitOfWork, number: int, seq: int | None, name: str) -> None:
    """Attaches a file of this name, as if the store had it, to message `seq` or a description."""
    key = hashlib.sha256(f"{number}/{seq}/{name}".encode()).hexdigest()
    file_deletions.plan_deletion(work.writing, work.actor.org_id, key, 2**60)
    stored = StoredFile(key=key, size=len(PDF), sha256="0" * 64, head=PDF)
    attached_files.attach_files(work, number, seq, [NewFile(name, stored)])
