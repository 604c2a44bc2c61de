"""The law of erasures: nothing of the person is left anywhere, and nothing of others is lost.

Whatever happened before: tickets that were another's by then, or were split, merged and corrected,
mails that came, customers who were merged. The person's words and addresses have one mark in them.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from common.accounts import AddAddress, EditUser, MergeUser
from common.errors import RequestRefused
from common.mail_in import CreateInbox
from common.people import Role
from common.tickets.correcting import CorrectCustomer
from common.tickets.editing import EditTicket
from common.tickets.filing import FileTicket
from common.tickets.merging import MergeTicket, UnmergeTicket
from common.tickets.rating import RateTicket
from common.tickets.replying import AddMessage
from common.tickets.splitting import SplitTicket
from common.tickets.ticket import Status
from server.desk.erasure import user_erasure
from server.desk.mail import inbox_admin, mail_acceptance
from server.desk.mail.incoming_mail import IncomingMail
from server.desk.people import accounts, address_changes, person_merging
from server.desk.tickets import ticket_participants
from server.mail_reading.mail_reader import read_mail
from server.storage.engine.transaction import WriteTransaction
from server.storage.queries.log import event_log
from server.storage.queries.mail import inboxes
from server.storage.queries.person import people
from tests.support.stored_words import list_places
from tests.support.transaction_desk import TransactionDesk, connected, rolled_back
from tests.support.uploads import attach_named_file

BEGIN = datetime(2026, 3, 2, 9, tzinfo=UTC)
MARK, OTHER = "quixotically", "somebody"
HELP = "help@acme.example"
PAUL, XENIA = 0, 1
"""The person who will be erased, and another customer."""


class ErasureDesk(TransactionDesk):
    """An organization with an agent and two customers, each of whom says a word of their own."""

    mail, step = True, timedelta(minutes=1)

    def __init__(self, writing: WriteTransaction) -> None:
        super().__init__(writing, BEGIN, auto_close_hours=672)
        address = "help@acme.example"
        inbox_admin.create_inbox(self.work(self.system), CreateInbox(address))
        found = inboxes.find_inbox(writing, address)
        assert found is not None
        self.inbox = found
        self.ana = self.hire("ana", Role.AGENT)
        self.customers = [self.hire(it, Role.CUSTOMER) for it in (MARK, OTHER)]
        self.numbers: list[int] = []
        self.wrote_from: dict[int, list[str]] = {PAUL: [], XENIA: []}

    def email(self, which: int) -> str:
        """The present address of a customer, or of the one they were merged into."""
        it = people.read_person(self.writing, self.org_id, self.customers[which].id or 0)
        if it.merged_into is not None:
            it = people.read_person(self.writing, self.org_id, it.merged_into)
        return it.email

    def pick(self, n: int) -> int:
        return self.numbers[n % len(self.numbers)]

    def file(self, which: int, n: int) -> None:
        word = self.customers[which].name
        command = FileTicket(f"{word} broke {n}", f"{word} said {n}")
        self.numbers.append(self.create(self.customers[which], command))

    def phone(self, which: int, n: int) -> None:
        """An agent files what a customer said."""
        word = self.customers[which].name
        command = FileTicket(f"{word} rang {n}", f"{word} {n}", customer_email=self.email(which))
        self.numbers.append(self.create(self.ana, command))

    def write(self, which: int, n: int) -> None:
        done = self.act(self.customers[which], self.pick(n), AddMessage(f"{self.word(which)} {n}"))
        if done.ticket.number not in self.numbers:
            self.numbers.append(done.ticket.number)

    def word(self, which: int) -> str:
        return self.customers[which].name

    def attach(self, which: int, n: int) -> None:
        """A reply with a file; every other one is of the description."""
        actor = self.customers[which]
        done = self.act(actor, self.pick(n), AddMessage(f"{self.word(which)} sent {n}"))
        seq = None if n % 2 else done.message_seq
        name = f"{self.word(which)}-{self.now:%d%H%M}.pdf"
        attach_named_file(self.work(actor), done.ticket.number, seq, name)
        if done.ticket.number not in self.numbers:
            self.numbers.append(done.ticket.number)

    def correct(self, which: int, n: int) -> None:
        self.act(self.ana, self.pick(n), CorrectCustomer(self.email(which)))

    def solve(self, which: int, n: int) -> None:
        self.act(self.ana, self.pick(n), EditTicket(status=Status.RESOLVED))

    def close(self, which: int, n: int) -> None:
        self.act(self.ana, self.pick(n), EditTicket(status=Status.CLOSED))

    def rate(self, which: int, n: int) -> None:
        self.act(self.customers[which], self.pick(n), RateTicket(2, f"{self.word(which)} {n}"))

    def rename(self, which: int, n: int) -> None:
        """An agent names the ticket after its customer."""
        number = self.pick(n)
        ticket = self.act(self.ana, number, EditTicket()).ticket
        name = people.read_person(self.writing, self.org_id, ticket.customer_id).name
        if name in {MARK, OTHER}:
            self.act(self.ana, number, EditTicket(subject=f"{name} {n}", tags=(f"of-{name}",)))

    def split(self, which: int, n: int) -> None:
        number = self.pick(n)
        log = event_log.list_ticket_events(self.writing, self.org_id, number, 0, 1000)
        said = [it.seq for it in log if it.message is not None]
        if said:
            command = SplitTicket(message_ids=(said[-1],), subject="Another matter")
            self.numbers.append(self.act(self.ana, number, command).ticket.number)

    def merge(self, which: int, n: int) -> None:
        self.act(self.ana, self.pick(n), MergeTicket(self.pick(n + 1)))

    def unmerge(self, which: int, n: int) -> None:
        self.act(self.ana, self.pick(n), UnmergeTicket())

    def invite(self, which: int, n: int) -> None:
        id_ = self.customers[which].id or 0
        ticket_participants.add_ticket_participant(self.work(self.ana), self.pick(n), id_)

    def uninvite(self, which: int, n: int) -> None:
        id_ = self.customers[which].id or 0
        ticket_participants.remove_ticket_participant(self.work(self.ana), self.pick(n), id_)

    def mail_in(self, which: int, n: int) -> None:
        """A mail to a ticket or a new one, with a copy to the other customer."""
        subject = f"[#{self.pick(n)}] {self.word(which)}" if n % 2 else f"{self.word(which)} {n}"
        made = EmailMessage()
        made["From"], made["To"] = self.email(which), self.inbox.address
        made["Cc"], made["Subject"] = self.email(1 - which), subject
        made["Message-ID"] = f"<{self.now:%d%H%M}.{n}@x.example>"
        made.set_content(f"{self.word(which)} mailed {n}")
        self.wrote_from[which].append(self.email(which))
        self._take(made)

    def recall(self, which: int, n: int) -> None:
        """A mail whose headers name an address from which the other customer once wrote."""
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = self.email(which), self.inbox.address, f"A {n}"
        made["X-Forwarded-For"] = ", ".join(self.wrote_from[1 - which][:1]) or "nobody"
        made["Message-ID"] = f"<recall{self.now:%d%H%M}.{n}@x.example>"
        made.set_content("I was sent this.")
        self._take(made)

    def _take(self, made: EmailMessage) -> None:
        content = made.as_bytes()
        mail = IncomingMail(
            content=content, read=read_mail(content), inbox=self.inbox, secret="secret"
        )
        done = mail_acceptance.accept_mail(self.work(self.system), mail)
        if done.mail.number is not None and done.mail.number not in self.numbers:
            self.numbers.append(done.mail.number)

    def move(self, which: int, n: int) -> None:
        """Mail to the person is refused, and an admin changes the address."""
        it = people.read_person(self.writing, self.org_id, self.customers[which].id or 0)
        error = f"550 5.1.1 <{it.email}> is unknown"
        self.bounce(self.customers[which], None, 1, error)
        email = f"{self.word(which)}{self.now:%d%H%M}@x.example"
        if n % 2:
            accounts.edit_user(self.work(self.system), it.id, EditUser(email=email), None)
        else:
            command = AddAddress(email, primary=True)
            address_changes.add_address(self.work(self.system), it.id, command)

    def join(self, which: int, n: int) -> None:
        """The other customer is merged into the person."""
        xenia, paul = self.customers[XENIA].id or 0, self.customers[PAUL].id or 0
        person_merging.merge_person(self.work(self.ana), xenia, MergeUser(paul))

    def part(self, which: int, n: int) -> None:
        person_merging.unmerge_person(self.work(self.ana), self.customers[XENIA].id or 0)


DEEDS: list[Callable[[ErasureDesk, int, int], None]] = [
    ErasureDesk.file,
    ErasureDesk.phone,
    ErasureDesk.write,
    ErasureDesk.attach,
    ErasureDesk.correct,
    ErasureDesk.solve,
    ErasureDesk.close,
    ErasureDesk.rate,
    ErasureDesk.rename,
    ErasureDesk.split,
    ErasureDesk.merge,
    ErasureDesk.unmerge,
    ErasureDesk.invite,
    ErasureDesk.uninvite,
    ErasureDesk.mail_in,
    ErasureDesk.recall,
    ErasureDesk.move,
    ErasureDesk.join,
    ErasureDesk.part,
]
histories = st.lists(
    st.tuples(
        st.sampled_from(range(len(DEEDS))), st.sampled_from([PAUL, XENIA]), st.integers(0, 5)
    ),
    min_size=1,
    max_size=14,
)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with connected(tmp_path_factory.mktemp("law")) as opened:
        yield opened


def play(desk: ErasureDesk, history: list[tuple[int, int, int]]) -> None:
    desk.file(PAUL, 0)
    desk.file(XENIA, 1)
    for deed, which, n in history:
        with suppress(RequestRefused):
            DEEDS[deed](desk, which, n)


def erase(desk: ErasureDesk) -> None:
    user_erasure.erase_user(desk.work(desk.system), desk.customers[PAUL].id or 0)


def words_of_others(desk: ErasureDesk) -> set[tuple[int, int]]:
    """The messages of the other customer: ticket and seq."""
    found, xenia = set(), desk.customers[XENIA].id
    for number in desk.numbers:
        log = event_log.list_ticket_events(desk.writing, desk.org_id, number, 0, 1000)
        found |= {
            (number, it.seq)
            for it in log
            if it.message and it.message[1].startswith(OTHER) and it.actor_id == xenia
        }
    return found


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(histories)
def test_nothing_of_an_erased_person_is_left(
    connection: sqlite3.Connection, history: list[tuple[int, int, int]]
) -> None:
    note(str([(DEEDS[deed].__name__, which, n) for deed, which, n in history]))
    with rolled_back(connection) as writing:
        desk = ErasureDesk(writing)
        play(desk, history)
        is_one = people.read_person(
            desk.writing, desk.org_id, desk.customers[XENIA].id or 0
        ).merged_into
        kept = words_of_others(desk)
        erase(desk)
        desk.writing.flush()
        assert list_places(connection, MARK) == []
        if is_one is None:
            assert words_of_others(desk) == kept


def test_an_address_of_before_goes_from_the_mails_of_others_unless_somebody_has_it(
    connection: sqlite3.Connection,
) -> None:
    for is_taken in (False, True):
        with rolled_back(connection) as writing:
            desk = ErasureDesk(writing)
            desk.file(PAUL, 0)
            desk.mail_in(PAUL, 0)
            desk.move(PAUL, 1)
            desk.recall(XENIA, 0)
            if is_taken:
                it = desk.customers[XENIA].id or 0
                command = AddAddress(desk.wrote_from[PAUL][0])
                address_changes.add_address(desk.work(desk.system), it, command)
            erase(desk)
            desk.writing.flush()
            kept = [
                place for place in list_places(connection, MARK) if "inbound_mails" in str(place)
            ]
            assert bool(kept) is is_taken
