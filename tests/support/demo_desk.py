"""A desk in memory, as far as the people of the demo see one: routing, snoozing, a log.

It is quick enough for weeks, and now and then it loses a request, as networks do.
"""

import asyncio
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from random import Random
from typing import Any, Final

from demo.company import ALL_PEOPLE, COLLEAGUES, DemoPerson
from demo.mail_delivery import OutgoingMail
from demo.organization_setup import DemoDesk
from demo.simulation_state import SimulationState

BEGAN: Final = datetime(2026, 11, 23, 9, tzinfo=UTC)
_UNRESOLVED: Final = ("open", "in_progress")
_LOST: Final = 0.002
"""Requests that come to nothing, of all."""
_PAGE: Final = 100
_PEOPLE: Final = {it.email: it for it in ALL_PEOPLE}
_TICKET_SIGN: Final = re.compile(r"\[#(\d+)\]")
_RESOLVED: Final = 200
"""Resolved tickets that wait to be closed, before the timer closes the oldest."""

Ticket = dict[str, Any]


def played_now() -> datetime:
    """The time of day at a sped-up loop's time."""
    return BEGAN + timedelta(seconds=asyncio.get_running_loop().time())


class PlayedDesk:
    """Tickets, who is available, and what happened."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.filed = 0
        self.seq = 0
        self.unresolved: dict[int, Ticket] = {}
        self.resolved: dict[int, Ticket] = {}
        self.events: list[dict[str, Any]] = []
        self.resolved_as: set[str] = set()
        self.woken = 0
        self.mailed: list[str] = []
        self.presence = dict.fromkeys((it.email for it in COLLEAGUES), "available")

    def find(self, number: int) -> Ticket | None:
        return self.unresolved.get(number) or self.resolved.get(number)

    def file(self, actor: DemoPerson, body: dict[str, Any]) -> Ticket:
        self.filed += 1
        ticket: Ticket = {
            "number": self.filed,
            "status": "open",
            "waiting_on": "agent",
            "assignee": None,
            "snoozed_until": None,
            "sla": None,
            "customer": {"email": actor.email},
            "subject": body["subject"],
        }
        self.record(actor.role, "ticket.created", ticket)
        return ticket

    def record(self, role: str, type_: str, ticket: Ticket, **more: Any) -> None:
        self.seq += 1
        ticket["updated_at"] = played_now().isoformat()
        seen = {name: ticket[name] for name in ("number", "status", "customer")}
        self.events.append(
            {"seq": self.seq, "type": type_, "actor": {"role": role}, "ticket": seen, **more}
        )
        del self.events[:-_PAGE]
        self._shelve(ticket)
        self.route()

    def _shelve(self, ticket: Ticket) -> None:
        number = ticket["number"]
        self.unresolved.pop(number, None)
        self.resolved.pop(number, None)
        if ticket["status"] in _UNRESOLVED:
            self.unresolved[number] = ticket
        elif ticket["status"] == "resolved":
            self.resolved[number] = ticket
            if len(self.resolved) > _RESOLVED:
                oldest = next(iter(self.resolved.values()))
                self.record("system", "ticket.closed", oldest | {"status": "closed"})

    def after(self, seq: int) -> list[dict[str, Any]]:
        return self.events[seq - self.seq :] if seq < self.seq else []

    def route(self) -> None:
        """Gives what nobody has to who is available and has room."""
        waiting = [it for it in self.unresolved.values() if not it["assignee"]]
        for person in COLLEAGUES:
            if waiting and self.presence[person.email] == "available":
                mine = self.of(person)
                room = person.capacity - [it["waiting_on"] for it in mine].count("agent")
                for _ in range(min(room, len(waiting))):
                    waiting.pop(0)["assignee"] = person.email

    def of(self, person: DemoPerson) -> list[Ticket]:
        return [it for it in self.unresolved.values() if it["assignee"] == person.email]

    def wake(self) -> None:
        now = played_now().isoformat()
        for ticket in self.unresolved.values():
            if ticket["snoozed_until"] and ticket["snoozed_until"] <= now:
                ticket["snoozed_until"] = None
                self.woken += 1


class PlayedCaller:
    """One person's requests, as `demo.api_caller.Caller` takes them."""

    def __init__(self, desk: PlayedDesk, person: DemoPerson) -> None:
        self._desk = desk
        self._person = person

    async def get(self, path: str) -> Any:
        return self._unless_lost(lambda: self._read(path))

    async def put(self, _: str, **body: Any) -> Any:
        return self._unless_lost(lambda: self._be(body["state"], body.get("ttl_seconds")))

    async def patch(self, path: str, **body: Any) -> Any:
        return self._unless_lost(lambda: self._edit(_number(path), body))

    async def post(self, path: str, **body: Any) -> Any:
        if path == "/tickets":
            return self._unless_lost(lambda: self._desk.file(self._person, body))
        if path.endswith("/messages"):
            return self._unless_lost(lambda: self._write(_number(path), body))
        return None

    async def deliver(self, mail: OutgoingMail) -> bool:
        """Makes a ticket of a mail, or a message where its subject names one."""
        return bool(self._unless_lost(lambda: self._take_mail(mail)))

    def _take_mail(self, mail: OutgoingMail) -> bool:
        sender = _PEOPLE[mail.sender]
        self._desk.mailed.append(sender.email)
        about = _TICKET_SIGN.search(mail.subject)
        if about is None:
            self._desk.file(sender, {"subject": mail.subject})
            return True
        # The modern policy parses every header, which would take most of the time of a week.
        content = message_from_bytes(mail.content).get_payload(decode=True)
        assert isinstance(content, bytes)
        text = content.decode().partition("\n-- \n")[0]
        PlayedCaller(self._desk, sender)._write(int(about[1]), {"body": text})
        return True

    def _unless_lost(self, work: Callable[[], Any]) -> Any:
        return None if self._desk.dice.random() < _LOST else work()

    def _read(self, path: str) -> Any:
        desk = self._desk
        if path == "/queues":
            states = [it["status"] for it in desk.unresolved.values()]
            unassigned = sum(it["assignee"] is None for it in desk.unresolved.values())
            counts = {name: states.count(name) for name in _UNRESOLVED}
            return counts | {"unassigned": unassigned, "seq": desk.seq}
        if path.startswith("/events"):
            return {"items": desk.after(int(path.rpartition("=")[2]))}
        if path.startswith("/tickets?sort=-created_at"):
            return {"items": [dict(it) for it in desk.unresolved.values()][::-1]}
        desk.wake()
        return {"items": [dict(it) for it in desk.of(self._person)]}

    def _be(self, state: str, ttl: float | None) -> None:
        self._desk.presence[self._person.email] = "offline" if ttl else state
        if ttl:
            for ticket in self._desk.of(self._person):
                ticket["assignee"] = None
        self._desk.route()

    def _edit(self, number: int, body: dict[str, Any]) -> None:
        ticket = self._desk.find(number)
        if ticket is None:
            return
        type_ = f"ticket.{body['status']}" if "status" in body else "ticket.updated"
        if body.get("status") == "resolved":
            self._desk.resolved_as.add(ticket["waiting_on"])
        ticket.update({name: body[name] for name in body if name in ticket})
        self._desk.record(self._person.role, type_, ticket)

    def _write(self, number: int, body: dict[str, Any]) -> None:
        ticket = self._desk.find(number)
        if ticket is None:
            return
        is_customer = self._person.role.value == "customer"
        if is_customer:
            ticket.update(waiting_on="agent", snoozed_until=None)
        elif "waiting_on" in body:
            ticket["waiting_on"] = body["waiting_on"]
        if ticket["status"] == "open" or is_customer:
            ticket["status"] = "in_progress"
        message = {"kind": body.get("kind", "reply"), "body": body["body"]}
        self._desk.record(self._person.role, "message.added", ticket, message=message)


def _number(path: str) -> int:
    return int(path.split("/")[2])


class PlayedSimulation(SimulationState):
    """Everybody of the demo, on a desk in memory; `slowness` multiplies their pauses."""

    def __init__(self, desk: PlayedDesk, slowness: float) -> None:
        founded = DemoDesk(4821, "", {}, {})
        self._slowness = slowness
        super().__init__(None, "", founded, desk.dice, played_now)  # type: ignore[arg-type]
        self._played = {it.email: PlayedCaller(desk, it) for it in ALL_PEOPLE}

    def caller_for(self, person: DemoPerson) -> Any:
        return self._played[person.email]

    async def pause(self, seconds: float) -> None:
        await super().pause(self._slowness * seconds)
