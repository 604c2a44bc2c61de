"""The server with its parts timed: `python -m benchmarks.timed_server serve ...`.

Every line on standard input is answered by a line of JSON, the parts since the line before.
"""

import importlib
import re
import sys
import threading
from typing import Any, Final

import msgspec

from benchmarks.part_timer import PartTimer
from server.__main__ import main

TIMED: Final = {
    "HTTP: read and parse": ("server.rest.core.connection:HttpConnection.data_received",),
    "HTTP: write": ("server.rest.core.connection:HttpConnection.finish_response",),
    "HTTP: route and call": ("aiohttp.web:Application._handle",),
    "HTTP: check the caller": ("server.rest.core.dispatch:Dispatcher._authorize_call",),
    "HTTP: decode the body": ("server.rest.core.request_context:RequestContext.parse_body",),
    "HTTP: encode the answer": ("server.rest.core.response:make_response",),
    "threads: hand over": (
        "server.storage.engine.job_queue:JobQueue._enqueue_job",
        "server.storage.engine.job_queue:JobQueue._send_batch",
        "server.storage.engine.worker_thread:WorkerThread._gather_batch",
        "server.storage.engine.worker_thread:_deliver_results",
        "server.storage.engine.worker_thread:resolve_jobs",
    ),
    "desk: begin, lock": ("server.storage.queries.log.org_sequence:lock_sequence",),
    "desk: load, due, facts": (
        "server.desk.recording.ticket_repository:load_ticket",
        "server.desk.recording.ticket_repository:resolve_ticket",
        "server.desk.tickets.due_actions:apply_due_actions",
        "server.desk.tickets.ticket_commands:_load_context",
    ),
    "desk: decide": ("server.desk.tickets.ticket_commands:_decide_events",),
    "desk: evolve, derived fields, SLA": (
        "server.desk.recording.event_recorder:_record_event",
        "server.domain.sla_rules:start_sla",
    ),
    "desk: why it waits, routing": (
        "server.desk.recording.routing_reason:RoutingExplainer.explain_events",
        "server.desk.routing.ticket_routing:route_new_ticket",
        "server.desk.routing.ticket_routing:route_pending_tickets",
    ),
    "desk: notifications": (
        "server.desk.side_effects.notification_outbox:_TicketActivity.add_event",
        "server.desk.side_effects.notification_outbox:_TicketActivity.write_notifications",
    ),
    "desk: rows of reports": ("server.desk.side_effects.report_facts:_record_change",),
    "desk: other side effects": ("server.desk.recording.event_recorder:run_side_effects",),
    "desk: encode the event": ("server.storage.queries.log.event_log:add_event",),
    "desk: encode the ticket": (
        "server.storage.queries.ticket.tickets:_encode_new",
        "server.storage.queries.ticket.tickets:_encode_changed",
    ),
    "desk: words of the search index": (
        "server.storage.queries.search.search_index:extract_tokens",
    ),
    "desk: view of the ticket": (
        "server.desk.tickets.ticket_views:render_visible_ticket",
        "server.desk.tickets.ticket_views:render_whole_ticket",
    ),
    "desk: rest of the job": ("server.storage.engine.job:QueuedJob.run",),
    "desk: read the mail": ("server.mail_intake.mail_gateway:MailGateway.read",),
    "storage: commit": (
        "server.storage.engine.sqlite:_SqliteWriter._begin",
        "server.storage.engine.sqlite:_SqliteWriter._commit",
        "server.storage.engine.postgres_workers:PostgresWriter._commit_after",
    ),
    "storage: bind and flush": (
        "server.storage.engine.transaction:WriteTransaction.flush",
        "server.storage.engine.transaction:WriteTransaction.write_later",
    ),
    "publish: envelopes": ("server.events.publisher:Publisher._publish_batch",),
}
"""The parts, and the functions that belong to each."""
_STATEMENT: Final = re.compile(
    r"""\s*(?P<verb>WITH|SELECT|INSERT\ INTO|UPDATE|DELETE\ FROM|BEGIN|COMMIT|ROLLBACK)
    \s*(?P<rest>.*)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_FROM: Final = re.compile(r"\bFROM\s+\"?(\w+)", re.IGNORECASE)
_FIRST_NAME: Final = re.compile(r"\W*(\w+)")


JOURNEYS: Final = "PostgreSQL: journeys"


class TimedConnection:
    """A driver's connection or cursor whose statements are parts.

    They are named by what they do, and to which table.
    """

    def __init__(self, connection: Any, timer: PartTimer, names: dict[str, str]) -> None:
        self._connection = connection
        self._timer = timer
        self._names = names

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def cursor(self) -> "TimedConnection":
        """Returns a cursor, which pending writes are run by, timed like the connection."""
        return TimedConnection(self._connection.cursor(), self._timer, self._names)

    def execute(self, query: str, *arguments: Any, **named: Any) -> Any:
        """Runs a statement with the stepping to its first row."""
        name = self._names.get(query)
        if name is None:
            name = self._names[query] = f"SQL: {name_statement(query)}"
        self._timer.enter(name)
        try:
            return self._connection.execute(query, *arguments, **named)
        finally:
            self._timer.leave()

    def executemany(self, query: str, *arguments: Any) -> Any:
        """Runs a statement for several rows."""
        name = self._names.setdefault(query, f"SQL: {name_statement(query)}")
        self._timer.enter(name)
        try:
            return self._connection.executemany(query, *arguments)
        finally:
            self._timer.leave()


def name_statement(query: str) -> str:
    """Returns what a statement does, and to which table first: `INSERT INTO events`."""
    found = _STATEMENT.match(query)
    if found is None:
        return query.split("\n", 1)[0][:30]
    verb, rest = found["verb"].upper(), found["rest"]
    tables = _FROM.findall(rest) if verb in {"SELECT", "WITH"} else _FIRST_NAME.findall(rest)[:1]
    return " ".join([verb, *list(dict.fromkeys(tables))[:2]])


def find_function(place: str) -> tuple[Any, str]:
    """Returns the owner of a function and its name there. Raises AttributeError."""
    module, _, path = place.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, name = path.split(".")
    for it in classes:
        owner = getattr(owner, it)
    getattr(owner, name)
    return owner, name


def time_parts(timer: PartTimer) -> None:
    """Replaces every function of `TIMED` by one that is timed, and times statements."""
    for part, places in TIMED.items():
        for place in places:
            owner, name = find_function(place)
            setattr(owner, name, timer.wrap(part, getattr(owner, name)))
    names: dict[str, str] = {}
    reading = importlib.import_module("server.storage.engine.transaction").ReadTransaction
    begin = reading.__init__

    def begin_timed(self: Any, connection: Any, dialect: str) -> None:
        begin(self, TimedConnection(connection, timer, names), dialect)

    reading.__init__ = begin_timed


def count_journeys(timer: PartTimer) -> None:
    """Makes a part of each wait for an answer of PostgreSQL."""
    connection = importlib.import_module("server.storage.engine.postgres_connection")
    wait = connection.PostgresConnection.wait
    connection.PostgresConnection.wait = timer.wrap(JOURNEYS, wait)


def _answer(timer: PartTimer) -> None:
    for _ in sys.stdin:
        print(msgspec.json.encode(timer.take_parts()).decode(), flush=True)


if __name__ == "__main__":
    kept = PartTimer()
    time_parts(kept)
    count_journeys(kept)
    threading.Thread(target=_answer, args=(kept,), daemon=True).start()
    main(prog_name="deskwire-server")
