"""The figures, by name."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.figures import (
    agent_writes,
    attachments,
    bulk,
    catching_up,
    file_ticket,
    large_desk,
    large_queue,
    local_commands,
    long_shift,
    mail_in,
    open_queue,
    postgres,
    postgres_stream,
    read_ticket,
    real_log,
    reports,
    roundup_mail,
    routing,
    search,
    stream,
    ticket_page,
    timekeeper,
    validation,
    workstation,
    workstation_cpu,
)
from benchmarks.result import Result

FIGURES: Final[Mapping[str, Callable[[Path], Iterator[Result]]]] = {
    "file_ticket": file_ticket.measure,
    "reply": agent_writes.reply,
    "change": agent_writes.change,
    "bulk": bulk.on_sqlite,
    "bulk_postgresql": bulk.on_postgresql,
    "mail_in": mail_in.measure,
    "read_ticket": read_ticket.measure,
    "attachments": attachments.measure,
    "ticket_page": ticket_page.measure,
    "open_queue": open_queue.measure,
    "large_desk": large_desk.measure,
    "stream": stream.measure,
    "catching_up": catching_up.measure,
    "real_log": real_log.measure,
    "routing": routing.measure,
    "routing_filing": routing.filing,
    "timekeeper": timekeeper.measure,
    "reports": reports.on_sqlite,
    "reports_postgresql": reports.on_postgresql,
    "reports_writing": reports.writing,
    "search": search.on_sqlite,
    "search_postgresql": search.on_postgresql,
    "postgres_file": postgres.file,
    "postgres_reply": postgres.reply,
    "postgres_change": postgres.change,
    "postgres_read": postgres.read,
    "postgres_queue": postgres.queue,
    "postgres_stream": postgres_stream.measure,
    "validation": validation.measure,
    "painted_row": workstation.painted_row,
    "first_queue": workstation.first_queue,
    "verb_to_paint": local_commands.verb_to_paint,
    "after_offline": local_commands.after_offline,
    "large_queue": large_queue.measure,
    "idle_terminal": long_shift.idle,
    "opened_tickets": long_shift.opened_tickets,
}
NAMED_FIGURES: Final[Mapping[str, Callable[[Path], Iterator[Result]]]] = {
    "roundup_mail": roundup_mail.measure,
    "workstation_cpu": workstation_cpu.measure,
}
"""Measured only when they are named: they need another desk from PyPI, or another checkout."""

_SECONDS: Final = 0.8
SHORT_FIGURES: Final[Mapping[str, Callable[[Path], Iterator[Result]]]] = {
    "file_ticket": partial(file_ticket.measure, rounds=1, seconds=_SECONDS),
    "reply": partial(agent_writes.reply, each=500, rounds=1),
    "change": partial(agent_writes.change, each=500, rounds=1),
    "read_ticket": partial(read_ticket.measure, rounds=1, seconds=_SECONDS),
    "open_queue": partial(open_queue.measure, many=20_000, rounds=1, seconds=_SECONDS),
    "routing": routing.measure,
}
"""Some works within a minute: they show that the benchmarks run, and roughly how fast."""
