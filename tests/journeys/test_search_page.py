"""Every example of docs/search.md, on both databases."""

import json
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from common.people import Role
from server.transfer.importer import Importer
from tests.support.desk import Org
from tests.support.rest import Caller
from tests.support.uploads import PDF, make_form, send_files

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "search.md").read_text()


class Row(NamedTuple):
    said: str
    found_by: list[str]
    not_by: list[str]


def rows(heading: str) -> list[Row]:
    """A table of the page: its examples stand between backquotes."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [[re.findall(r"`([^`]+)`", cell) for cell in line.split("|")[1:4]] for line in lines]
    return [Row(said[-1] if said else "", by, not_by) for said, by, not_by in cells]


async def found(caller: Caller, q: str) -> list[int]:
    page = (await caller.get("/tickets", q=q, sort="created_at", limit="100")).expect(200)
    return [ticket["number"] for ticket in page["items"]]


async def test_every_text_of_the_page_is_found_by_what_the_page_says(org: Org) -> None:
    examples, agent = rows("What a text is found by"), await org.agent()
    customer = await org.customer("Zed")
    assert len(examples) > 15
    for said, _, _ in examples:
        await customer.file("Subject", description=f"We say: {said}.")
    for number, (said, found_by, not_by) in enumerate(examples, 1):
        for q in found_by:
            assert number in await found(agent, q), f"{said!r} by {q!r}"
            assert number in await found(customer, q), f"{said!r} by {q!r}"
        for q in not_by:
            assert number not in await found(agent, q), f"{said!r} by {q!r}"


async def test_every_ticket_of_the_page_is_found_by_what_the_page_says(org: Org) -> None:
    by_number, by_customer, by_external_id, *_ = rows("What a ticket is found by")
    agent = await org.agent()
    ann = await org.join(Role.CUSTOMER, "Ann Lee", email=by_customer.said)
    other = await org.customer("Zed")
    for caller in (ann, other, other, other, other):
        await caller.file("Subject", description="Nothing")
    for number, example in ((5, by_number), (1, by_customer)):
        for q in example.found_by:
            assert await found(agent, q) == [number], q
        for q in example.not_by:
            assert await found(agent, q) == [], q
    line = {"subject": "A", "description": "B", "created_at": "2026-01-02T03:04:05Z"}
    line |= {"customer_email": other.email, "external_id": by_external_id.said}
    importing = Importer(
        org.desk.database, org.desk.clock, org.id, lambda *bad: pytest.fail(str(bad))
    )
    await importing.import_source([json.dumps({"ticket": line, "history": []}).encode()])
    for q in by_external_id.found_by:
        assert await found(agent, q) == [6], q
        assert await found(await org.key(), q) == [6], q
        assert await found(other, q) == [], q
    for q in by_external_id.not_by:
        assert await found(agent, q) == [], q


async def test_every_file_of_the_page_is_found_by_what_the_page_says(org: Org) -> None:
    examples = rows("What a ticket is found by")[3:]
    described, replied, noted = examples
    customer, agent = await org.customer("Zed"), await org.agent()
    form = make_form((described.said, PDF), subject="Subject", description="Nothing")
    (await customer.ask("POST", "/tickets", data=form)).expect(201)
    await customer.file("Subject", description="Nothing")
    await customer.file("Subject", description="Nothing")
    (await send_files(customer, 2, (replied.said, PDF), body="A photo.")).expect(201)
    (await send_files(agent, 3, (noted.said, PDF), kind="note", body="Look.")).expect(201)
    for number, example in enumerate(examples, 1):
        for q in example.found_by:
            assert await found(agent, q) == [number], q
            assert await found(await org.key(), q) == [number], q
            assert await found(customer, q) == ([] if example is noted else [number]), q
        for q in example.not_by:
            assert await found(agent, q) == [], q
