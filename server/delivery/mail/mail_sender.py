"""The sender of mails: what is due is claimed, composed, handed to the relay, and settled.

Rows say what is owed, so a crash loses nothing, and a lease keeps two servers from sending the
same. A mail that the relay took and that nobody noted any more goes out twice, under one id.
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
from server.delivery.mail.mime_message import Undeliverable
from server.delivery.mail.renderer import Composed, House, NotYet, compose
from server.delivery.mail.smtp_client import Carrier, RelayAway
from server.delivery.mail.smtp_settings import Relay, Sender
from server.desk import survey_invitations
from server.desk.desk import Desk
from server.jobs.worker import Worker
from server.monitoring.incident_log import IncidentLog
from server.monitoring.metrics import Metrics
from server.storage.engine.database import Database
from server.storage.engine.optional_timestamps import stored
from server.storage.engine.transaction import Writing
from server.storage.queries import mails, surveys
from server.storage.queries.installation_secrets import OwnSecret
from server.storage.queries.mails import Owed, State
from server.storage.queries.name_resolver import system

LEASE: Final = timedelta(minutes=20)
"""For a batch; who has not begun a mail after half of it leaves it to others."""
RETRIES: Final = tuple(timedelta(minutes=it) for it in (1, 5, 15, 60, 120, 240, 480, 720, 1440))
"""How long after each attempt that a relay put off the next one comes; then it is given up."""
WHILE_AWAY: Final = timedelta(minutes=1)
"""How long nothing is tried after the relay could not be reached; that costs no attempt."""
KEPT: Final = timedelta(days=30)
PURGE_SECONDS: Final = 3600.0
_FINISH_SECONDS: Final = 3.0


class _Parcel(Struct, frozen=True):
    """Rows of one person that make one message, claimed until `until`."""

    mails: tuple[Owed, ...]
    until: int


class MailSender:
    """Sends what is due for every organization; safe on each server of a cluster."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        clock: Clock,
        metrics: Metrics,
        secret: OwnSecret,
        *,
        relay: Relay,
        sender: Sender,
        public_url: Callable[[], str],
    ) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock
        self._metrics = metrics
        self._secret = secret
        self._relay = relay
        self._sender = sender
        self._public_url = public_url
        self._resumes_at = clock()
        self._idle = asyncio.Event()
        self._idle.set()
        self._stopping = False
        self._incidents = IncidentLog()
        self._worker = Worker("mails", self.look)
        self._broom = Worker("mail purge", self.purge, PURGE_SECONDS)

    def start(self) -> None:
        self._worker.start()
        self._broom.start()

    async def stop(self) -> None:
        """Lets the mail that is on its way arrive, if that takes no long; gives the rest back."""
        self._stopping = True
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), _FINISH_SECONDS)
        await self._broom.stop()
        await self._worker.stop()

    async def look(self) -> bool:
        """Sends what is due, up to a batch; answers whether there may be more."""
        if self._stopping:
            return False
        await self._invite()
        if self._clock() < self._resumes_at:
            return False
        parcels = await self._claim()
        self._idle.clear()
        try:
            await self._send(parcels)
        finally:
            self._idle.set()
        return bool(parcels)

    async def purge(self) -> bool:
        """Drops some rows of what was settled long ago; answers whether there may be more."""
        before = stored(self._clock() - KEPT)
        return bool(await self._database.write(lambda writing: mails.purge(writing, before)))

    async def _invite(self) -> None:
        now = stored(self._clock())
        due = await self._database.read_snapshot(lambda reading: surveys.due(reading, now))
        for it in due:
            job = partial(survey_invitations.invite, number=it.number, seq=it.seq)
            with suppress(NotFound):  # of an organization that was removed meanwhile
                await self._desk.write(system(it.org_id), job)

    async def _claim(self) -> list[_Parcel]:
        now, until = stored(self._clock()), stored(self._clock() + LEASE)
        due = await self._database.read_snapshot(lambda reading: mails.due(reading, now))
        if not due:
            return []
        mine = await self._database.write(lambda writing: mails.claim(writing, due, until))
        together = groupby(sorted(mine, key=_together), key=_together)
        return [_Parcel(tuple(group), until) for _, group in together]

    async def _send(self, parcels: list[_Parcel]) -> None:
        """Each is settled as soon as it is known what became of it; the rest is given back."""
        left = {parcel: composed for parcel in parcels if (composed := await self._make(parcel))}
        try:
            if left:
                async with Carrier(self._relay, self._sender) as to_relay:
                    await self._hand_over(to_relay, left)
        except RelayAway as error:
            self._resumes_at = self._clock() + WHILE_AWAY
            self._incidents.report("mail relay away", error=str(error))
        finally:
            await asyncio.shield(self._give_back(list(left), self._clock()))

    async def _make(self, parcel: _Parcel) -> Composed | None:
        """The parcel's message; None where there is none, which is settled here."""
        house = House(self._sender, self._public_url(), await self._secret.get())
        now = self._clock()
        try:
            made = await self._database.read_snapshot(
                lambda reading: compose(reading, house, parcel.mails, now)
            )
        except NotYet as error:
            await self._give_back([parcel], error.until)
            return None
        except Undeliverable as error:
            await self._settle(parcel, State.FAILED, str(error))
            return None
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one mail's trouble is not the others'
            self._incidents.report(
                "mail not composed", type(error), org=parcel.mails[0].org_id, exc_info=error
            )
            await self._put_off(parcel, type(error).__name__)
            return None
        if made is None:
            await self._settle(parcel, State.DROPPED)
        return made

    async def _hand_over(self, to_relay: Carrier, left: dict[_Parcel, Composed]) -> None:
        """Sends what is left, and takes it out as it goes. Raises RelayAway."""
        for parcel, composed in list(left.items()):
            if self._stopping or stored(self._clock() + LEASE / 2) > parcel.until:
                return
            try:
                await to_relay.send(composed.message, composed.to)
            except smtp_client.Refused as error:
                await self._settle(parcel, State.FAILED, str(error))
            except smtp_client.Later as error:
                await self._put_off(parcel, str(error))
            except RelayAway as error:
                await self._put_off(parcel, str(error))
                del left[parcel]
                raise
            else:
                await self._settle(parcel, State.SENT)
            del left[parcel]

    async def _settle(self, parcel: _Parcel, state: State, error: str = "") -> None:
        now = stored(self._clock())
        await self._each(
            parcel,
            lambda writing, mail: mails.settle(writing, mail, parcel.until, state, now, error),
        )
        self._metrics.count_mail(state.value)

    async def _put_off(self, parcel: _Parcel, error: str) -> None:
        """Once more later, or given up."""
        attempts = parcel.mails[0].attempts
        if attempts >= len(RETRIES):
            await self._settle(parcel, State.FAILED, error)
            return
        again = stored(self._clock() + RETRIES[attempts])
        await self._each(
            parcel, lambda writing, mail: mails.postpone(writing, mail, parcel.until, again, error)
        )

    async def _give_back(self, parcels: list[_Parcel], due: datetime) -> None:
        """What was not tried is due then; that costs no attempt."""
        for parcel in parcels:
            release = partial(mails.release, until=parcel.until, due_at=stored(due))
            await self._each(parcel, release)

    async def _each(self, parcel: _Parcel, note: Callable[[Writing, Owed], None]) -> None:
        def job(writing: Writing) -> None:
            for mail in parcel.mails:
                note(writing, mail)

        await self._database.write(job)


def _together(mail: Owed) -> tuple[int, ...]:
    """Rows with the same key make one message: those of a digest, and else each its own."""
    if mail.digest:
        return mail.org_id, mail.user_id, 0
    return mail.org_id, mail.user_id, mail.id
