"""Sends mails: claims the rows that are due, composes and sends each one, records the result.

A crash loses nothing, because the rows say what to send; a lease keeps two servers from sending the
same row, and a restarted server takes over what the process of before had claimed. A mail is sent
twice, under one id, if the server stops between sending and recording.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final

from msgspec import Struct

from common.errors import NotFound, Unavailable
from server.clock import Clock
from server.delivery.mail import smtp_client
from server.delivery.mail.mail_composer import (
    ComposedMail,
    MailContext,
    MailStopped,
    WithinQuietHours,
    compose_mail,
)
from server.delivery.mail.mail_places import MailSecrets
from server.delivery.mail.mime_message import UndeliverableAddress
from server.delivery.mail.smtp_client import RelayUnreachable, SmtpConnection
from server.delivery.mail.smtp_settings import Relay, Sender
from server.desk.desk import Desk
from server.desk.mail import delivery_failures
from server.desk.mail.delivery_failures import FailedMail
from server.desk.recording.unit_of_work import UnitOfWork
from server.desk.tickets import survey_invitations
from server.domain.timestamps import to_microseconds
from server.jobs.worker import BackgroundWorker
from server.monitoring.incident_log import IncidentLog
from server.monitoring.metrics import Metrics
from server.process_identity import identify_process, is_process_gone
from server.storage.engine.database import Database
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.mail import mails
from server.storage.queries.mail.mails import MailState, QueuedMail
from server.storage.queries.organization.installation_secrets import (
    MAIL_KEY,
    RATING_LINK_KEY,
    InstallationSecret,
)
from server.storage.queries.person.name_resolver import make_system_actor
from server.storage.queries.ticket import surveys

LEASE: Final = timedelta(minutes=20)
"""For a batch; who has not begun a mail after half of it leaves it to others."""
RETRY_DELAYS: Final = tuple(
    timedelta(minutes=it) for it in (1, 5, 15, 60, 120, 240, 480, 720, 1440)
)
"""The pauses after attempts that a relay put off; after the last one a mail is given up."""
RELAY_PAUSE: Final = timedelta(minutes=1)
"""The pause after the relay could not be reached; that costs no attempt."""
RETENTION: Final = timedelta(days=30)
PURGE_SECONDS: Final = 3600.0
_FINISH_SECONDS: Final = 3.0


class _MailBundle(Struct, frozen=True):
    """Rows of one person that make one message, claimed until `until`."""

    mails: tuple[QueuedMail, ...]
    until: int


class MailSender:
    """Sends what is due for every organization; safe on each server of a cluster.

    `is_alone`: no other server uses the database, so whoever had claimed mails is gone.
    """

    def __init__(
        self,
        database: Database,
        desk: Desk,
        clock: Clock,
        metrics: Metrics,
        *,
        relay: Relay,
        sender: Sender,
        public_url: Callable[[], str],
        is_alone: bool = False,
    ) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._metrics = metrics
        self._link_secret = InstallationSecret(database, RATING_LINK_KEY)
        self._mail_secret = InstallationSecret(database, MAIL_KEY)
        self._relay = relay
        self._sender = sender
        self._public_url = public_url
        self._resumes_at = clock()
        self._lease = identify_process() or None
        self._is_alone = is_alone
        self._has_ended_leases = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._incidents = IncidentLog()
        self._worker = BackgroundWorker("mail sender", self.send_due_mails)
        self._purger = BackgroundWorker("mail purge", self.purge_settled_mails, PURGE_SECONDS)

    def start(self) -> None:
        self._worker.start()
        self._purger.start()

    async def stop(self) -> None:
        """Lets the mail that is on its way arrive, if that takes no long; gives the rest back."""
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_FINISH_SECONDS):
                await self._idle.wait()
        await self._purger.stop()
        await self._worker.stop()

    async def send_due_mails(self) -> bool:
        """Sends what is due, up to a batch; answers whether there may be more."""
        if self._stopping:
            return False
        await self._end_leases()
        await self._queue_survey_invitations()
        if self._clock() < self._resumes_at:
            return False
        bundles = await self._claim_due_mails()
        self._idle.clear()
        try:
            await self._send_bundles(bundles)
        finally:
            self._idle.set()
        return bool(bundles)

    async def purge_settled_mails(self) -> bool:
        """Drops some rows of what was settled long ago; answers whether there may be more."""
        before = to_microseconds(self._clock() - RETENTION)
        return bool(
            await self._database.write(lambda writing: mails.purge_settled_mails(writing, before))
        )

    async def _end_leases(self) -> None:
        """Takes over, once at the start, what processes were sending that have ended since."""
        if self._has_ended_leases:
            return
        found = await self._database.read_snapshot(mails.list_leases)
        gone = [it for it in found if it != self._lease and (self._is_alone or is_process_gone(it))]
        now = to_microseconds(self._clock())
        for lease in gone:
            await self._database.write(partial(mails.end_lease, lease=lease, now=now))
        self._has_ended_leases = True

    async def _queue_survey_invitations(self) -> None:
        now = to_microseconds(self._clock())
        due = await self._database.read_snapshot(
            lambda reading: surveys.list_due_invitations(reading, now)
        )
        for it in due:
            job = partial(survey_invitations.send_invitation, number=it.number, seq=it.seq)
            with suppress(NotFound):  # of an organization that was removed meanwhile
                await self._desk.write(make_system_actor(it.org_id), job)

    async def _claim_due_mails(self) -> list[_MailBundle]:
        now, until = to_microseconds(self._clock()), to_microseconds(self._clock() + LEASE)
        due = await self._database.read_snapshot(lambda reading: mails.list_due_mails(reading, now))
        if not due:
            return []
        mine = await self._database.write(
            lambda writing: mails.claim_mails(writing, due, until, self._lease)
        )
        together = groupby(sorted(mine, key=_bundle_key), key=_bundle_key)
        return [_MailBundle(tuple(group), until) for _, group in together]

    async def _send_bundles(self, bundles: list[_MailBundle]) -> None:
        """Sends each bundle and records its result at once; releases the rest."""
        left = {
            bundle: composed
            for bundle in bundles
            if (composed := await self._compose_bundle(bundle))
        }
        try:
            if left:
                async with SmtpConnection(self._relay, self._sender) as to_relay:
                    await self._transmit_mails(to_relay, left)
        except RelayUnreachable as error:
            self._resumes_at = self._clock() + RELAY_PAUSE
            self._incidents.report_failure("mail relay unreachable", error=str(error))
        finally:
            await asyncio.shield(self._release_claims(list(left), self._clock()))

    async def _compose_bundle(self, bundle: _MailBundle) -> ComposedMail | None:
        """Returns the bundle's message; None where there is none, after recording why."""
        context = await self._make_context()
        now = self._clock()
        try:
            made = await self._database.read_snapshot(
                lambda reading: compose_mail(reading, context, bundle.mails, now)
            )
        except WithinQuietHours as error:
            await self._release_claims([bundle], error.until)
            return None
        except (UndeliverableAddress, MailStopped) as error:
            await self._record_failure(bundle, str(error))
            return None
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one mail's failure does not stop the others
            self._incidents.report_failure(
                "mail not composed", type(error), org=bundle.mails[0].org_id, exc_info=error
            )
            await self._postpone_or_fail(bundle, type(error).__name__)
            return None
        if made is None:
            await self._record_state(bundle, MailState.DROPPED)
        return made

    async def _make_context(self) -> MailContext:
        secrets = MailSecrets(await self._link_secret.get(), await self._mail_secret.get())
        return MailContext(self._sender, self._public_url(), secrets)

    async def _transmit_mails(
        self, to_relay: SmtpConnection, left: dict[_MailBundle, ComposedMail]
    ) -> None:
        """Sends what is left, and takes it out as it goes. Raises RelayUnreachable."""
        for bundle, composed in list(left.items()):
            if self._stopping or to_microseconds(self._clock() + LEASE / 2) > bundle.until:
                return
            try:
                await to_relay.send_message(composed.message, composed.to, composed.return_path)
            except smtp_client.MailRefused as error:
                await self._record_failure(bundle, str(error), refused_address=composed.to)
            except smtp_client.MailDeferred as error:
                await self._postpone_or_fail(bundle, str(error))
            except RelayUnreachable as error:
                await self._postpone_or_fail(bundle, str(error))
                del left[bundle]
                raise
            else:
                await self._record_state(bundle, MailState.SENT)
            del left[bundle]

    async def _record_state(self, bundle: _MailBundle, state: MailState, error: str = "") -> None:
        now = to_microseconds(self._clock())
        await self._update_each_row(
            bundle,
            lambda writing, mail: mails.settle_mail(writing, mail, bundle.until, state, now, error),
        )
        self._metrics.count_mail(state.value)

    async def _record_failure(
        self, bundle: _MailBundle, error: str, refused_address: str | None = None
    ) -> None:
        """Records that a mail will not arrive, and marks the messages that it was to bring.

        `refused_address` is where the relay refused it for good. Both are one transaction, so
        nobody is told twice.
        """
        now = to_microseconds(self._clock())

        def job(work: UnitOfWork) -> None:
            for mail in bundle.mails:
                if mails.settle_mail(
                    work.writing, mail, bundle.until, MailState.FAILED, now, error
                ):
                    delivery_failures.record_undelivered(
                        work,
                        FailedMail(
                            person_id=mail.user_id,
                            number=mail.number,
                            seq=mail.seq,
                            error=error,
                            permanent=refused_address is not None,
                            address=refused_address,
                        ),
                    )

        with suppress(NotFound):  # of an organization that was removed meanwhile
            await self._desk.write(make_system_actor(bundle.mails[0].org_id), job)
        self._metrics.count_mail(MailState.FAILED.value)

    async def _postpone_or_fail(self, bundle: _MailBundle, error: str) -> None:
        """Schedules another attempt, or gives up after the last one."""
        attempts = bundle.mails[0].attempts
        if attempts >= len(RETRY_DELAYS):
            await self._record_failure(bundle, error)
            return
        again = to_microseconds(self._clock() + RETRY_DELAYS[attempts])
        await self._update_each_row(
            bundle,
            lambda writing, mail: mails.postpone_mail(writing, mail, bundle.until, again, error),
        )

    async def _release_claims(self, bundles: list[_MailBundle], due: datetime) -> None:
        """Makes bundles that were not tried due at a time; that costs no attempt."""
        for bundle in bundles:
            release = partial(mails.release_mail, until=bundle.until, due_at=to_microseconds(due))
            await self._update_each_row(bundle, release)

    async def _update_each_row(
        self, bundle: _MailBundle, note: Callable[[WriteTransaction, QueuedMail], object]
    ) -> None:
        def job(writing: WriteTransaction) -> None:
            for mail in bundle.mails:
                note(writing, mail)

        await self._database.write(job)


def _bundle_key(mail: QueuedMail) -> tuple[int, ...]:
    """Rows with the same key make one message: those of a digest, and else each its own."""
    if mail.digest:
        return mail.org_id, mail.user_id, 0
    return mail.org_id, mail.user_id, mail.id
