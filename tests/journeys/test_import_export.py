"""An organization moves in and out: what is told is there, and comes out as it went in."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import Org, Tenants
from tests.support.import_lines import (
    ANA,
    BO,
    CARL,
    Line,
    at,
    case,
    did,
    given_out,
    take_in,
    taken_in,
)
from tests.support.lived_in import lived_in
from tests.support.process import deskwire_server
from tests.support.rest import Caller
from tests.support.stream_listener import StreamListeners


async def test_a_history_is_recorded_as_it_was(org: Org) -> None:
    await taken_in(
        org,
        {"user": {"email": ANA, "name": "Ana Sousa", "role": "agent", "skills": ["printers"]}},
        case(
            "Case3608",
            did("assign", to=BO),
            did("status", status="in_progress"),
            did("reply", BO, body="Take it outside."),
            did("reply", CARL, body="It is outside, and burns."),
            did("note", body="Send somebody."),
            did("edit", changes={"priority": "urgent", "tags": ["fire"]}),
            did("status", BO, status="resolved"),
            did("status", CARL, status="in_progress"),
            did("status", BO, status="resolved"),
            did("status", None, status="closed"),
            number=17,
            category="billing",
        ),
    )
    ticket = await org.admin.ticket(17)
    events = [event for event in await org.admin.events() if "ticket" in event]

    expected = {
        "status": "closed",
        "priority": "urgent",
        "category": "billing",
        "tags": ["fire"],
        "waiting_on": "agent",
        "created_at": at(0),
        "first_response_at": at(3),
        "resolved_at": at(9),
        "closed_at": at(10),
        "updated_at": at(10),
        "reopen_count": 1,
        "version": 11,
    }
    assert {name: ticket[name] for name in expected} == expected
    assert ticket["assignee"]["name"] == "bo"
    assert [(event["type"], event["at"], event["actor"]["name"]) for event in events] == [
        ("ticket.created", at(0), "carl"),
        ("ticket.assigned", at(1), "Ana Sousa"),
        ("ticket.claimed", at(2), "Ana Sousa"),
        ("message.added", at(3), "bo"),
        ("message.added", at(4), "carl"),
        ("message.added", at(5), "Ana Sousa"),
        ("ticket.updated", at(6), "Ana Sousa"),
        ("ticket.resolved", at(7), "bo"),
        ("ticket.reopened", at(8), "carl"),
        ("ticket.resolved", at(9), "bo"),
        ("ticket.closed", at(10), "Deskwire"),
    ]


async def test_what_is_imported_is_found_by_its_words(org: Org) -> None:
    await taken_in(org, case("Case1", did("note", body="a phlogiston leak"), subject="Zymurgy"))

    for word in ("zymurgy", "smoke", "phlogiston"):
        found = await org.admin.everything("/tickets", q=word)
        assert [ticket["subject"] for ticket in found] == ["Zymurgy"], word


async def test_assigning_does_not_reopen_and_taking_up_does(org: Org) -> None:
    resolved = did("status", status="resolved")
    await taken_in(
        org,
        case("Case1", resolved, did("assign", to=BO), number=1),
        case("Case2", resolved, did("status", status="in_progress"), number=2),
        case("Case3", did("status", status="closed"), did("status", status="open"), number=3),
    )
    left = [await org.admin.ticket(number) for number in (1, 2, 3)]

    assert [(ticket["status"], ticket["reopen_count"]) for ticket in left] == [
        ("resolved", 0),
        ("in_progress", 1),
        ("open", 1),
    ]
    assert left[0]["assignee"]["name"] == "bo"


async def test_unassigning_puts_work_back_into_the_queue(org: Org) -> None:
    working = (did("assign", to=BO), did("status", status="in_progress"))
    await taken_in(
        org,
        case("Case1", *working, did("unassign"), number=1),
        case("Case2", *working, did("status", status="resolved"), did("unassign"), number=2),
    )
    left = [await org.admin.ticket(number) for number in (1, 2)]

    assert [(ticket["status"], ticket["assignee"]) for ticket in left] == [
        ("open", None),
        ("resolved", None),
    ]


async def test_an_entry_that_repeats_the_present_state_adds_nothing(org: Org) -> None:
    once = [
        did("assign", to=BO),
        did("status", status="resolved"),
        did("edit", changes={"priority": "high", "tags": ["a", "a"]}),
        did("rating", None, score=4, comment="Quick."),
    ]
    await taken_in(org, case("Case1", *[entry for entry in once for _ in range(3)]))
    events = [event["type"] for event in await org.admin.events() if "ticket" in event]

    assert events == [
        "ticket.created",
        "ticket.assigned",
        "ticket.resolved",
        "ticket.updated",
        "ticket.rated",
    ]


async def test_people_are_made_as_what_they_did_and_cannot_sign_in(org: Org) -> None:
    await taken_in(
        org,
        case(
            "Case1", did("reply", CARL, body="Hello?"), did("note", body="."), did("assign", to=BO)
        ),
    )
    people = {user["email"]: user for user in await org.admin.everything("/users")}

    roles = {email: people[email]["role"] for email in (ANA, BO, CARL)}
    assert roles == {ANA: "agent", BO: "agent", CARL: "customer"}
    session = {"email": ANA, "password": ""}
    (await org.stranger.post("/sessions", session)).expect(401, "bad-credentials")


async def test_a_number_is_kept_while_it_is_free(org: Org) -> None:
    first = await org.admin.file(customer_email=CARL)
    await taken_in(
        org,
        case("Case1", number=first["number"], subject="Too late"),
        case("Case2", number=40, subject="Kept"),
        case("Case3", number=2**50, subject="Too large"),
        case("Case4", subject="None wished"),
    )
    later = await org.admin.file("Filed later", customer_email=CARL)

    numbers = {it["subject"]: it["number"] for it in await org.admin.everything("/tickets")}
    assert numbers == {
        "It broke": 1,
        "Too late": 2,
        "Kept": 40,
        "Too large": 41,
        "None wished": 42,
        "Filed later": later["number"],
    }
    assert later["number"] == 43


async def test_unknown_categories_become_the_organizations_own(org: Org) -> None:
    await taken_in(
        org, case("Case1", did("edit", changes={"category": "refunds"}), category="billing")
    )
    settings = (await org.admin.get("")).expect(200)

    assert [it["slug"] for it in settings["categories"]] == ["general", "billing", "refunds"]
    await org.admin.file(customer_email=CARL, category="refunds")


async def test_importing_twice_skips_what_is_there(org: Org) -> None:
    lines = [{"user": {"email": ANA, "name": "Ana"}}, case("Case1"), case("Case2")]
    await taken_in(org, *lines)
    before = await org.admin.events()
    again = await take_in(org, [*lines, case("Case3")])

    assert again.returncode == 0
    assert again.stdout.startswith("1 ticket imported, 2 skipped (already there)")
    added = (await org.admin.events())[len(before) :]
    assert [event["type"] for event in added] == ["ticket.created"]


async def test_a_file_goes_out_and_in_by_the_commands(tenants: Tenants, tmp_path: Path) -> None:
    here, there = await tenants.found(), await tenants.found()
    await taken_in(here, case("Case1"), case("Case2", did("note", body="\u2028 is no line's end")))
    file = tmp_path / "desk.jsonl"
    for command, org in (("export", here), ("import", there)):
        named = (command, "--org-id", str(org.id), str(file), "--database", org.desk.url)
        done = await asyncio.to_thread(deskwire_server, *named)
        assert done.returncode == 0, done.stderr
    stream = ("export", "--org-id", str(there.id), "-", "--database", there.desk.url)
    streamed = await asyncio.to_thread(deskwire_server, *stream)

    lines = [json.loads(line) for line in streamed.stdout.split("\n") if line]
    assert streamed.stderr == "2 tickets exported.\n"
    assert outline(lines) == outline(await given_out(here))


async def test_an_organization_takes_nothing_of_its_own_twice(org: Org) -> None:
    await org.admin.file(customer_email=CARL)
    lines = await given_out(org)
    assert lines[-1]["ticket"]["external_id"] == f"{org.id}-1"
    before = await org.admin.events()

    await taken_in(org, *lines)
    assert await org.admin.events() == before


async def test_bad_lines_are_reported_and_the_rest_goes_in(org: Org) -> None:
    done = await take_in(
        org,
        [
            case("Case1"),
            "{not json",
            {"ticket": {"external_id": "Case2", "subject": " "}},
            case("Case3", did("status", status="melted"), did("reply")),
            "",
            case("Case4", did("dance")),
            case("Case5", did("note", body="x", score=3)),
            {"user": {"email": "nobody"}},
            {"ticket": case()["ticket"], "user": {"email": ANA}},
            case("Case6", customer_email=ANA),
            case("Case7", did("assign", to=CARL)),
            case("Case8", did("note", body="Fine.")),
        ],
    )
    told = {
        int(line.split(":")[0].removeprefix("line ")): line for line in done.stderr.splitlines()
    }

    assert done.returncode == 1
    assert sorted(told) == [2, 3, 4, 6, 7, 8, 9, 11]
    assert "not JSON" in told[2]
    assert "external_id Case2: /ticket/description: is required" in told[3]
    assert "/ticket/customer_email: is required" in told[3]
    assert "/history/0/status: must be one of" in told[4]
    assert "/history/0/type: must be one of assign, unassign" in told[6]
    assert "/history/0/score: is not allowed in an entry of type note" in told[7]
    assert "/user/email" in told[8]
    assert "/history/0/to: must be an agent" in told[11]
    assert "3 tickets imported" in done.stdout
    found = await org.admin.everything("/tickets", sort="created_at")
    assert len(found) == 3


async def test_an_agent_is_the_requester_of_a_ticket_in_a_file_too(org: Org) -> None:
    await taken_in(
        org,
        {"user": {"email": ANA}},
        {"user": {"email": BO}},
        case("Case1", did("reply", body="Still broken."), did("reply", BO, body="Unplug it."))
        | {"ticket": case("Case1", customer_email=ANA)["ticket"]},
    )
    ticket = await org.admin.ticket(1)

    assert (ticket["customer"]["email"], ticket["first_response_at"]) == (ANA, at(2))


@pytest.mark.parametrize("command", ["import", "export"])
def test_an_unknown_organization_or_file_is_told_in_one_line(command: str, tmp_path: Path) -> None:
    database = f"--database=sqlite:///{tmp_path}/desk.db"
    file = tmp_path / "file.jsonl"
    file.touch()
    deskwire_server("import", "--org-id", "4821", str(file), database)  # makes the schema
    stranger = deskwire_server(command, "--org-id", "4821", str(file), database)
    nowhere = deskwire_server(command, "--org-id", "4821", str(tmp_path / "no" / "file"), database)

    assert (stranger.returncode, stranger.stderr) == (
        2,
        "deskwire-server: There is no organization 4821.\n",
    )
    assert nowhere.returncode == 2
    assert nowhere.stderr.count("\n") == 1


async def test_an_export_of_nobody_leaves_the_file_alone(org: Org, tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text("precious")
    command = ("export", "--org-id", "999999", str(file), "--database", org.desk.url)
    await asyncio.to_thread(deskwire_server, *command)

    assert file.read_text() == "precious"


async def test_whoever_listens_hears_of_what_is_imported(
    org: Org, listeners: StreamListeners
) -> None:
    listener, _ = await listeners.of(await org.agent())
    await taken_in(org, case("Case1", did("note", body="Heard?")))

    told = await listener.until_type("message.added")
    assert (told["message"]["body"], told["at"]) == ("Heard?", at(1))


async def test_an_imported_ticket_lives_on(org: Org) -> None:
    await taken_in(org, case("Case1", did("status", status="resolved"), number=5))
    agent = await org.agent()
    await agent.edit(5, status="in_progress")
    ticket = await agent.ticket(5)

    assert (ticket["status"], ticket["reopen_count"]) == ("in_progress", 1)
    assert ticket["assignee"]["id"] == agent.id
    assert ticket["created_at"] == at(0)


async def test_a_lived_in_organization_is_the_same_elsewhere(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    await lived_in(here)
    lines = await given_out(here)
    await taken_in(there, *lines)

    assert outline(await given_out(there)) == outline(lines)
    assert await memory(there) == await memory(here)


def outline(lines: list[Line]) -> list[Line]:
    """An export without the admins, which each organization has of its own."""
    return [line for line in lines if line.get("user", {}).get("role") != "admin"]


async def memory(org: Org) -> list[Any]:
    """All tickets, conversations and histories, without what is the organization's own.

    That something was erased is no part of an export: neither its event nor what that moved.
    """
    tickets = await org.admin.everything("/tickets", sort="created_at")
    numbers = [ticket["number"] for ticket in tickets]
    whole = [await org.admin.ticket(number) for number in numbers]
    for ticket in whole:
        del ticket["version"], ticket["updated_at"]
    talks = [await org.admin.everything(f"/tickets/{number}/messages") for number in numbers]
    logs = [await history(org.admin, number) for number in numbers]
    return [bare(part) for part in (whole, talks, logs)]


async def history(admin: Caller, number: int) -> list[Line]:
    items: list[Line] = (await admin.get(f"/tickets/{number}/events")).expect(200)["items"]
    return [item for item in items if item["type"] != "ticket.redacted"]


def bare(value: Any) -> Any:
    """Without numbers drawn anew, promises and routing, which begin with what happens next."""
    if isinstance(value, list):
        return [bare(item) for item in value]
    if isinstance(value, dict):
        drawn = {"org", "org_id", "id", "seq", "last_seq", "message_id"}
        drawn |= {"external_id", "epoch", "sla", "routing"}
        return {name: bare(item) for name, item in value.items() if name not in drawn}
    return value
