"""The endpoints of attachments: sending files with a message, and reading one."""

from typing import Final

from common import wire
from common.endpoint import MULTIPART, PEOPLE, TICKETS_READ, TICKETS_WRITE, Endpoint
from common.file_messages import DownloadQuery, SendFiles

SEND_FILES: Final = Endpoint(
    name="attachments.send",
    method="POST",
    path="/tickets/{number}/attachments",
    roles=PEOPLE,
    scope=TICKETS_WRITE,
    summary="Write a reply or a note with files",
    body=SendFiles,
    body_media=(MULTIPART,),
    answer=wire.WrittenMessage,
    success=201,
    retries=True,
)
READ_ATTACHMENT: Final = Endpoint(
    name="attachment.read",
    method="GET",
    path="/attachments/{id}",
    roles=PEOPLE,
    scope=TICKETS_READ,
    summary="The bytes of an attachment, or a range of them",
    query=DownloadQuery,
    answer=bytes,
    media="application/octet-stream",
    revalidates=True,
)
