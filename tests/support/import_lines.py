"""Lines for an import, and both ways through it: by the command, or without a process."""

import asyncio
import json
import subprocess
from collections.abc import Iterable
from typing import Any

from server.clock import utc_now
from server.transfer.exporter import export_organization
from server.transfer.import_report import ImportReport
from server.transfer.importer import Importer, ImportOptions
from tests.support.desk import Org
from tests.support.process import deskwire_server

Line = dict[str, Any]
ANA, BO, CARL = "ana@help.example", "bo@help.example", "carl@shop.example"


async def take_in(org: Org, lines: Iterable[Line | str]) -> subprocess.CompletedProcess[str]:
    """`deskwire-server import`, from standard input."""
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    command = ("import", "--org-id", str(org.id), "-", "--database", org.desk.url)
    return await asyncio.to_thread(deskwire_server, *command, text=text)


async def taken_in(org: Org, *lines: Line, **choices: Any) -> ImportReport:
    """The same without a process of its own; every line is good."""
    done, told = await tried(org, *lines, **choices)
    assert done.bad == 0, told
    return done


async def tried(
    org: Org, *lines: Line | str | bytes, **choices: Any
) -> tuple[ImportReport, list[str]]:
    """The report of an import, and what it complained of; some lines may be bad."""
    told: list[str] = []
    taken = Importer(
        org.desk.database,
        utc_now,
        org.id,
        lambda where, reason: told.append(f"{where}: {reason}"),
        ImportOptions(**choices),
    )
    await taken.import_source([raw(line) for line in lines])
    return taken.report, told


def raw(line: Line | str | bytes) -> bytes:
    if isinstance(line, bytes):
        return line
    return (line if isinstance(line, str) else json.dumps(line)).encode()


async def given_out(org: Org) -> list[Line]:
    """An export without a process of its own."""
    raws: list[bytes] = []
    await export_organization(
        org.desk.database, org.id, lambda _: None, lambda raw, _: raws.append(raw)
    )
    return [json.loads(raw) for raw in raws]


def at(minute: int) -> str:
    return f"2010-01-13T08:{minute:02}:00Z"


def case(external_id: str = "Case1", *history: Line, **fields: Any) -> Line:
    """A ticket's line; the entries of its history happen a minute apart, unless they say when."""
    ticket = {
        "external_id": external_id,
        "subject": "The printer is on fire",
        "description": "Smoke everywhere.",
        "customer_email": CARL,
        "created_at": at(0),
        **fields,
    }
    told = [{"at": at(n), **entry} for n, entry in enumerate(history, 1)]
    return {"ticket": ticket, "history": told}


def did(type_: str, actor: str | None = ANA, **fields: Any) -> Line:
    return {"type": type_, **({"actor": actor} if actor else {}), **fields}
