"""A company moves in with files as they are: nothing is lost without a word."""

import asyncio
import gzip
import io
import json
from pathlib import Path
from typing import Any

from server.clock import utc_now
from server.transfer.import_report import ImportReport
from server.transfer.line_importer import LARGEST_NUMBER, UNLINKED_REPAIR, LineOptions, LineOutcome
from server.transfer.line_repairs import RepairRules
from server.transfer.table_columns import ColumnMapping
from server.transfer.table_source import TableFile
from tests.support.desk import Org
from tests.support.import_lines import ANA, BO, CARL, at, case, did, given_out, taken_in, tried
from tests.support.process import deskwire_server

EVE = "eve@shop.example"
UPDATE = LineOptions(update=True)


async def report_of(org: Org) -> Any:
    span = {"from": "2010-01-01", "to": "2011-01-01"}
    return (await org.admin.get("/reports/summary", **span)).expect(200)["total"]


async def roles_of(org: Org) -> dict[str, str]:
    people = await org.admin.everything("/users")
    return {it["email"]: it["role"] for it in people if it["role"] != "admin"}


async def test_a_number_that_cannot_be_kept_is_reported(org: Org) -> None:
    done, told = await tried(
        org,
        case("Case1", number=LARGEST_NUMBER),
        case("Case2", number=LARGEST_NUMBER),
        case("Case3", number=LARGEST_NUMBER + 1),
        case("Case4", number=10**30),
    )
    tickets = await org.admin.everything("/tickets", sort="created_at")
    found = {it["external_id"]: it["number"] for it in tickets}

    assert found["Case1"] == LARGEST_NUMBER
    assert told == [
        (
            f"line 2: external_id Case2: the number {LARGEST_NUMBER} is taken; "
            f"the ticket is {found['Case2']} now"
        ),
        (
            f"line 3: external_id Case3: the number {LARGEST_NUMBER + 1} is too large; "
            f"the ticket is {found['Case3']} now"
        ),
    ]
    assert "2 tickets got a new number, see above." in list(done.write_sentences())
    assert done.repairs == {"unusable number left out": 1}
    assert done.bad == 0


async def test_a_history_in_disorder_is_recorded_in_the_order_of_time(org: Org) -> None:
    history = [
        {**did("reply", BO, body="Take it outside."), "at": at(5)},
        {**did("reply", CARL, body="It burns."), "at": at(2)},
        {**did("assign", to=BO), "at": at(1)},
    ]
    done = await taken_in(org, case("Case1", *history))
    events = [it["at"] for it in await org.admin.events() if "ticket" in it]

    assert events == [at(0), at(1), at(2), at(5)]
    assert (await report_of(org))["response_time"] | {"business": 0} == {
        "n": 1, "mean": 300.0, "median": 300.0, "p90": 300.0, "business": 0,
    }  # fmt: skip
    assert done.repairs == {"histories sorted by time": 1}

    refused, told = await tried(org, case("Case2", *history), manner=LineOptions(strict=True))
    assert refused.bad == 1
    assert told[0].startswith("line 1: external_id Case2: /history: ")


async def test_times_that_cannot_be_are_reported_with_their_line(org: Org) -> None:
    done, told = await tried(
        org,
        case("Case1", {**did("note", body="x"), "at": "2009-01-01T00:00:00Z"}),
        case("Case2", created_at="2999-01-01T00:00:00Z"),
        case("Case3"),
    )

    assert told == [
        "line 1: external_id Case1: /history/0/at: is before the ticket was created",
        "line 2: external_id Case2: /ticket/created_at: is in the future",
    ]
    assert (done.bad, done.counts[LineOutcome.TICKET]) == (2, 1)


async def test_participants_are_customers_and_do_not_stop_the_clock(org: Org) -> None:
    done = await taken_in(
        org,
        case("Case1", did("reply", EVE, body="Ours too."), did("assign", ANA, to=BO)),
        case("Case2", did("reply", BO, body="On my way.")),
        {"user": {"email": "Late@help.example", "name": "Listed late", "role": "supervisor"}},
        case("Case3", did("reply", "late@help.example", body="Listed below.")),
    )
    ticket = await org.admin.ticket(1)
    said = list(done.write_sentences())

    assert await roles_of(org) == {
        CARL: "customer",
        EVE: "customer",
        ANA: "agent",
        BO: "agent",
        "late@help.example": "supervisor",
    }
    assert (ticket["first_response_at"], ticket["waiting_on"]) == (None, "agent")
    assert (await org.admin.ticket(2))["first_response_at"] == at(1)
    assert (await org.admin.ticket(3))["first_response_at"] == at(1)
    assert "People created: 3 agents, 2 customers." in said
    assert "1 listed user created, 0 already there" in said[0]
    unlisted = next(it for it in said if it.startswith("Unlisted agents"))
    assert ANA in unlisted
    assert BO in unlisted
    assert any(it.startswith("Unlisted customers, because nothing") and EVE in it for it in said)


async def test_people_are_known_though_they_are_listed_after_their_tickets(org: Org) -> None:
    await taken_in(
        org,
        case("Case1", did("reply", EVE, body="I work here.")),
        {"user": {"email": EVE, "name": "Eve Adams", "role": "agent", "skills": ["fire"]}},
    )
    eve = (await org.admin.get("/users", q="eve")).expect(200)["items"][0]

    assert (eve["name"], eve["role"], eve["skills"]) == ("Eve Adams", "agent", ["fire"])
    assert (await org.admin.ticket(1))["first_response_at"] == at(1)


async def test_an_update_appends_what_is_new_and_only_that(org: Org) -> None:
    agents = [{"user": {"email": it}} for it in (ANA, BO)]
    old = [did("reply", ANA, body="Smoke?"), did("status", ANA, status="resolved")]
    new = [
        did("reply", CARL, body="Still smoke."),
        did("status", CARL, status="in_progress"),
        did("edit", BO, changes={"subject": "The scanner burns too"}),
        did("reply", BO, body="Unplug it."),
    ]
    await taken_in(org, *agents, case("Case1", *old))
    without = await taken_in(org, *agents, case("Case1", *old, *new))
    updated = await taken_in(org, *agents, case("Case1", *old, *new), manner=UPDATE)
    again = await taken_in(org, *agents, case("Case1", *old, *new), manner=UPDATE)
    ticket = await org.admin.ticket(1)
    said = [it["body"] for it in await org.admin.everything("/tickets/1/messages")]

    assert (
        without.counts[LineOutcome.SKIPPED],
        without.counts[LineOutcome.UPDATED],
    ) == (1, 0)
    assert (updated.counts[LineOutcome.UPDATED], updated.entries) == (1, 4)
    assert again.counts[LineOutcome.SKIPPED] == 1
    assert "1 updated with 4 new entries" in next(iter(updated.write_sentences()))
    assert said == ["Smoke?", "Still smoke.", "Unplug it."]
    assert (ticket["status"], ticket["reopen_count"]) == ("in_progress", 1)
    assert ticket["updated_at"] >= at(6)
    for word in ("scanner", "unplug"):
        assert len(await org.admin.everything("/tickets", q=word)) == 1
    assert (await org.admin.everything("/tickets", q="printer")) == []
    assert (await report_of(org))["response_time"]["n"] == 2


async def test_an_update_goes_on_after_what_happened_here_and_rewrites_nothing(org: Org) -> None:
    agents = [{"user": {"email": ANA}}]
    line = case("Case1", did("reply", ANA, body="Smoke?"))
    await taken_in(org, *agents, line)
    await org.admin.edit(1, tags=["fire"])
    late = case("Case1", did("reply", ANA, body="Smoke?"), did("reply", CARL, body="Yes."))
    done, told = await tried(org, *agents, late, manner=UPDATE)
    unchanged, _ = await tried(org, *agents, line, manner=UPDATE)

    assert done.bad == 1
    assert told[0].startswith("line 2: external_id Case1: /history/1/at: is new, but earlier than")
    assert (unchanged.bad, unchanged.counts[LineOutcome.SKIPPED]) == (0, 1)


async def test_a_redaction_stops_no_update_and_what_was_redacted_does_not_come_back(
    org: Org,
) -> None:
    card, words = "4111111111111111", {"text": "4111111111111111", "reason": "A card number."}
    history = [did("reply", CARL, body=f"It is {card}."), did("status", status="closed")]
    told = [case("Case1", *history), case("Case2", history[0])]
    await taken_in(org, *told)
    for number in (1, 2):
        (await org.admin.post(f"/tickets/{number}/redact", words)).expect(200)
    later = [
        case("Case1", *history, did("status", status="in_progress")),
        case("Case2", history[0], did("reply", CARL, body="Hello?")),
    ]
    done = await taken_in(org, *later, manner=UPDATE)
    again = await taken_in(org, *later, manner=UPDATE)
    said = [it["body"] for it in await org.admin.everything("/tickets/2/messages")]

    assert (done.counts, done.entries) == ({LineOutcome.UPDATED: 2}, 2)
    assert again.counts == {LineOutcome.SKIPPED: 2}
    assert (await org.admin.ticket(1))["status"] == "in_progress"
    assert said == ["It is (redacted).", "Hello?"]
    assert await org.admin.everything("/tickets", q=card) == []


async def test_what_happened_here_to_a_resolved_ticket_is_not_overtaken_in_silence(
    org: Org,
) -> None:
    resolved = did("status", status="resolved")
    await taken_in(org, case("Case1", resolved))
    await org.admin.edit(1, tags=["fire"])
    reopened = case("Case1", resolved, did("status", status="in_progress"))
    done, told = await tried(org, reopened, manner=UPDATE)

    assert done.bad == 1, told
    assert "is new, but earlier than the last event here" in told[0]


async def test_what_is_appended_to_a_ticket_that_lives_here_keeps_its_promises(org: Org) -> None:
    agents = [{"user": {"email": ANA}}]
    await taken_in(org, *agents, case("Case1"))
    await org.admin.edit(1, tags=["fire"])
    now = utc_now().isoformat()
    resolved = {**did("status", ANA, status="resolved"), "at": now}
    done = await taken_in(org, *agents, case("Case1", resolved), manner=UPDATE)
    ticket = await org.admin.ticket(1)

    assert (done.entries, ticket["status"], ticket["tags"]) == (1, "resolved", ["fire"])
    assert ticket["sla"]["resolution_due"] is None
    assert ticket["sla"]["state"] in {"met", "breached"}


async def test_a_link_to_a_ticket_that_stayed_behind_is_counted(org: Org) -> None:
    lines = [
        case("Case1", followup_of="Case0"),
        case("Case2", followup_of="Case1"),
        case("Case4", followup_of="Case3"),
        case("Case3"),
    ]
    dry, _ = await tried(org, *lines, dry_run=True)
    wet = await taken_in(org, *lines)

    assert dry.repairs == {UNLINKED_REPAIR: 1}
    assert wet.repairs == {UNLINKED_REPAIR: 2}
    assert (await org.admin.ticket(2))["followup_of"] == 1


async def test_who_is_there_as_something_else_is_remarked(org: Org) -> None:
    await taken_in(org, case("Case1", did("reply", EVE, body="x")))
    done, told = await tried(
        org,
        {"user": {"email": EVE, "role": "agent"}},
        {"user": {"email": CARL, "role": "customer"}},
    )

    assert told == [f"line 1: {EVE} exists already, as customer, and cannot become agent"]
    assert done.bad == 0


async def test_an_update_from_a_table_brings_tickets_to_where_their_rows_stand(org: Org) -> None:
    header = "external_id,subject,customer_email,created_at,status,assignee,priority,updated_at"
    before = [
        f"C1,Fire,{CARL},{at(0)},Open,{ANA},low,{at(5)}",
        f"C2,Fire,{CARL},{at(0)},Solved,{ANA},low,{at(5)}",
        f"C3,Fire,{CARL},{at(0)},Pending,{ANA},low,{at(5)}",
    ]
    after = [
        f"C1,Fire!,{CARL},{at(0)},Solved,{BO},high,{at(9)}",
        f"C2,Fire,{CARL},{at(0)},Open,{ANA},low,{at(9)}",
        f"C3,Fire,{CARL},{at(0)},Pending,{ANA},low,{at(9)}",
    ]

    async def moved(rows: list[str]) -> ImportReport:
        table = TableFile(io.BytesIO("\n".join([header, *rows]).encode()), ColumnMapping())
        lines = [item.raw for item in table.read_items()]
        return (await tried(org, *lines, manner=UPDATE))[0]

    await moved(before)
    third = (await org.admin.get("/tickets", external_id="C3")).expect(200)["items"][0]
    (await org.admin.patch(f"/tickets/{third['number']}", {"tags": ["live"]})).expect(200)
    done, again = await moved(after), await moved(after)
    tickets = await org.admin.everything("/tickets")
    found = {
        it["external_id"]: (it["status"], it["assignee"]["name"], it["priority"], it["subject"])
        for it in tickets
    }

    assert found == {
        "C1": ("resolved", "bo", "high", "Fire!"),
        "C2": ("open", "ana", "low", "Fire"),
        "C3": ("in_progress", "ana", "low", "Fire"),
    }
    assert (
        done.bad,
        done.counts[LineOutcome.UPDATED],
        done.counts[LineOutcome.SKIPPED],
    ) == (0, 2, 1)
    assert again.counts == {LineOutcome.SKIPPED: 3}


async def test_an_update_takes_new_tickets_too(org: Org) -> None:
    await taken_in(org, case("Case1"))
    done = await taken_in(org, case("Case1"), case("Case2"), manner=UPDATE)

    assert (done.counts[LineOutcome.TICKET], done.counts[LineOutcome.SKIPPED]) == (
        1,
        1,
    )


async def test_a_file_that_tells_two_tickets_of_one_name_is_told_so(org: Org) -> None:
    done, told = await tried(org, case("Case1"), case("Case1"), case("Case1", subject="Other"))

    assert told == [
        (
            "line 3: external_id Case1: /ticket/external_id: "
            "was already used in this source, with other content, at line 1"
        )
    ]
    assert (
        done.bad,
        done.counts[LineOutcome.TICKET],
        done.counts[LineOutcome.SKIPPED],
    ) == (1, 1, 1)


async def test_a_dry_run_reports_the_same_and_changes_nothing(org: Org) -> None:
    lines: list[Any] = [case("Case1", did("reply", EVE, body="x"), subject=""), case("Case2"), "{"]
    dry, told = await tried(org, *lines, dry_run=True)
    before = (await org.admin.get("/events")).expect(200)["seq"]
    wet, again = await tried(org, *lines)

    assert before == (await org.admin.get("/events", limit=1)).expect(200)["items"][-1]["seq"]
    assert list(dry.write_sentences()) == list(wet.write_sentences())
    assert told == again


async def test_strict_refuses_what_would_be_repaired(org: Org) -> None:
    done, told = await tried(org, case("Case1", subject=""), rules=RepairRules(strict=True))
    assert done.bad == 1
    assert told[0].startswith("line 1: external_id Case1: /ticket/subject: ")


async def test_the_command_reads_hostile_files_and_closes_with_a_report(
    org: Org, tmp_path: Path
) -> None:
    lines = [
        case("Case1", did("reply", BO, body=""), subject="Tab\there"),
        case("Case2", did("assign", ANA, to=BO), created_at="2010-01-13T09:00:00"),
    ]
    text = "\n\n".join(json.dumps(line) for line in lines)
    file = tmp_path / "acme.jsonl.gz"
    file.write_bytes(gzip.compress(text.encode("utf-16")))
    command = ["import", "--org-id", str(org.id), str(file), "--database", org.desk.url]
    dry = await asyncio.to_thread(deskwire_server, *command, "--dry-run")
    done = await asyncio.to_thread(deskwire_server, *command, "--timezone", "Europe/Rome")
    wrong = await asyncio.to_thread(deskwire_server, *command, "--timezone", "localtime")

    assert (dry.returncode, dry.stderr) == (
        1,
        (
            "line 3: external_id Case2: /ticket/created_at: "
            "must be a time with an offset, such as 2026-02-03T09:30:00Z\n"
        ),
    )
    assert "This was a dry run: nothing has been changed." in dry.stdout
    assert (done.returncode, done.stderr) == (0, "")
    assert "empty messages filled in: 1" in done.stdout
    assert "UTF-16 read as UTF-8: 1" in done.stdout
    assert wrong.stderr.count("\n") == 1
    assert wrong.returncode == 2


async def test_the_roles_of_an_organization_come_out_as_they_went_in(org: Org) -> None:
    await taken_in(org, case("Case1", did("reply", EVE, body="x"), did("assign", ANA, to=BO)))
    roles = {it["user"]["email"]: it["user"]["role"] for it in await given_out(org) if "user" in it}

    assert roles | {} == {**await roles_of(org), org.admin.email: "admin"}
