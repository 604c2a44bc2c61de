"""Requests about attachments: files that come with a message, and how they are read."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from common.ids import Seq
from common.text import Body
from common.tickets.editing import MessageEdits
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Status, WaitingOn


class SendFiles(Struct, frozen=True, forbid_unknown_fields=True):
    """Adds a message with files, each in a part `file` of the form.

    Without `body` the names of the files are the text.
    """

    body: Body | UnsetType = UNSET
    kind: MessageKind = MessageKind.REPLY
    after_seq: Seq | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    waiting_on: WaitingOn | UnsetType = UNSET
    edit: MessageEdits | UnsetType = UNSET

    def make_message(self, names: list[str]) -> AddMessage:
        """Returns the command that writes the message; `names` are those of the files."""
        return AddMessage(
            body=self.body or "\n".join(names),
            kind=self.kind,
            after_seq=self.after_seq,
            status=self.status,
            waiting_on=self.waiting_on,
            edit=self.edit,
        )


class DownloadQuery(Struct, frozen=True, kw_only=True):
    """`inline=1` shows an image in the browser; other files are saved all the same."""

    inline: Annotated[int, Meta(ge=0, le=1)] = 0
