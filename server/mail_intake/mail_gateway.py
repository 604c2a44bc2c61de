"""The gateway: takes a mail for its recipients, and answers once it is in the database."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import structlog
from msgspec import Struct
from msgspec.structs import replace

from common.addresses import normalize_or_lowercase
from common.errors import NotFound, TooLarge, Unavailable
from common.mail_in import HoldReason
from server.desk.desk import Desk
from server.desk.mail import mail_acceptance, mail_repeats
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.mail.mail_acceptance import MailReceipt
from server.desk.tickets.attached_files import NewFile
from server.domain.mail_ids import read_digest_id, read_mail_id
from server.domain.reply_addresses import ReplyTag, split_reply_address
from server.mail_intake.mail_addresses import list_delivery_addresses
from server.mail_intake.mail_readers import MailReaders
from server.mail_intake.sender_proof import SenderProof
from server.mail_reading.received_mail import MailOrigin, ReadMail
from server.storage.engine.database import Database
from server.storage.engine.transaction import ReadTransaction
from server.storage.files.attachment_storage import AttachmentStorage
from server.storage.queries.mail import inboxes
from server.storage.queries.mail.inboxes import MailInbox
from server.storage.queries.organization.installation_secrets import MAIL_KEY, InstallationSecret
from server.storage.queries.person.name_resolver import make_system_actor

_MOST_FILES: Final = 100
logger = structlog.get_logger()


class InboxAddress(Struct, frozen=True):
    """An address of ours: its inbox, and the tag of a reply address."""

    inbox: MailInbox
    tag: ReplyTag | None = None


class MailGateway:
    """Accepts mails. What it has accepted is committed, and what comes twice is done once.

    `proof` judges senders, `files` keeps attachments.
    """

    def __init__(
        self, database: Database, desk: Desk, proof: SenderProof, files: AttachmentStorage
    ) -> None:
        self._database = database
        self._desk = desk
        self._proof = proof
        self._files = files
        self._secret = InstallationSecret(database, MAIL_KEY)
        self._readers = MailReaders()
        self._in_work = 0

    async def find_recipient(self, address: str) -> InboxAddress | None:
        """Returns the inbox behind an address; None if it is not ours. Raises Unavailable."""
        wanted = normalize_or_lowercase(address)

        def job(reading: ReadTransaction) -> InboxAddress | None:
            exact = inboxes.find_inbox(reading, wanted)
            if exact is not None:
                return InboxAddress(exact)
            base, tag = split_reply_address(wanted)
            inbox = None if base == wanted else inboxes.find_inbox(reading, base)
            return None if inbox is None else InboxAddress(inbox, tag)

        return await self._database.read_one_or_few(job)

    async def find_recipients(
        self, content: bytes, otherwise: str | None = None
    ) -> list[InboxAddress]:
        """Returns the inboxes that a mail's headers name, else that of the address `otherwise`."""
        for addresses in (list_delivery_addresses(content), [otherwise] if otherwise else []):
            found = [await self.find_recipient(it) for it in addresses]
            if any(found):
                return [it for it in found if it is not None]
        return []

    async def read(self, content: bytes, envelope_sender: str | None = None) -> ReadMail:
        """Reads a mail, elsewhere if it is large or one of many."""
        return await self._readers.read(content, envelope_sender, at_once=self._in_work)

    async def close(self) -> None:
        """Ends the process that reads mails. What is not accepted by now comes again."""
        await self._readers.close()

    async def accept(
        self,
        content: bytes,
        recipients: Sequence[InboxAddress],
        envelope_sender: str | None = None,
    ) -> dict[int, MailReceipt | Unavailable]:
        """Accepts a mail once for each organization, and returns what became of it there.

        Of several recipients in one organization a reply address counts, else the first one.
        """
        self._in_work += 1
        try:
            read = await self.read(content, envelope_sender)
            return await self._accept_everywhere(content, read, recipients, envelope_sender)
        finally:
            self._in_work -= 1

    async def _accept_everywhere(
        self,
        content: bytes,
        read: ReadMail,
        recipients: Sequence[InboxAddress],
        envelope_sender: str | None,
    ) -> dict[int, MailReceipt | Unavailable]:
        chosen: dict[int, InboxAddress] = {}
        for it in recipients:
            known = chosen.get(it.inbox.org_id)
            if known is None or (known.tag is None and it.tag is not None):
                chosen[it.inbox.org_id] = it
        results = [
            self._accept_or_fail(content, read, it, envelope_sender) for it in chosen.values()
        ]
        return dict(zip(chosen, await asyncio.gather(*results), strict=True))

    async def prepare(
        self,
        content: bytes,
        read: ReadMail,
        recipient: InboxAddress,
        envelope_sender: str | None = None,
    ) -> IncomingMail:
        """Returns a mail that the desk can accept. Raises Unavailable."""
        secret = await self._secret.get()
        if _is_signed_by_us(read, secret):
            read = replace(read, origin=MailOrigin.OWN)
        return IncomingMail(
            content=content,
            read=read,
            inbox=recipient.inbox,
            tag=recipient.tag,
            secret=secret,
            envelope_sender=envelope_sender,
            authenticity=self._proof.judge_sender(read),
        )

    async def save_files(self, org_id: int, read: ReadMail) -> tuple[NewFile, ...]:
        """Saves a mail's files, for the transaction that attaches them. Raises Unavailable.

        What is larger than the operator allows is left out.
        """
        saved = []
        for it in read.files[:_MOST_FILES]:
            with suppress(TooLarge):
                stored = await self._files.save_bytes(org_id, it.content, len(it.content))
                saved.append(NewFile(it.name, stored, it.content_type))
        return tuple(saved)

    async def _accept_or_fail(
        self, content: bytes, read: ReadMail, recipient: InboxAddress, envelope_sender: str | None
    ) -> MailReceipt | Unavailable:
        try:
            mail = await self.prepare(content, read, recipient, envelope_sender)
            return await self._accept_once(mail)
        except Unavailable as refusal:
            return refusal
        except NotFound:
            return Unavailable("This organization was removed.", retry_after=60)

    async def _accept_once(self, mail: IncomingMail) -> MailReceipt:
        """Accepts the mail; one that the server fails on is held, and so not lost."""
        actor = make_system_actor(mail.inbox.org_id)
        try:
            files = await self._save_new_files(mail)
            return await self._desk.write(
                actor, partial(mail_acceptance.accept_mail, mail=mail, files=files)
            )
        except (Unavailable, NotFound):
            raise
        except Exception:
            logger.exception("mail held", message_id=mail.read.message_id)
            return await self._desk.write(
                actor,
                partial(mail_acceptance.hold_mail, mail=mail, reason=HoldReason.FAILED),
            )

    async def _save_new_files(self, mail: IncomingMail) -> tuple[NewFile, ...]:
        """Saves the files of a mail that has not come before."""
        if not mail.read.files:
            return ()
        identity = await self._database.read_few(
            lambda reading: mail_repeats.identify_mail(reading, mail)
        )
        return () if identity.earlier else await self.save_files(mail.inbox.org_id, mail.read)


def _is_signed_by_us(read: ReadMail, secret: str) -> bool:
    """Returns whether the mail is ours, by its id.

    Ours comes here where a mailbox that we write to passes its mail on to an inbox.
    """
    if read.origin is MailOrigin.BOUNCE:
        return False
    named = read.message_id or ""
    own = read_mail_id(named, secret)
    return bool((own is not None and own.signed) or read_digest_id(named, secret))
