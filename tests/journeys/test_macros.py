"""Macros over REST: whose they are, what they may say, and where else they turn up."""

from typing import Any

from common.people import Scope
from server.storage.queries.organization.macros import list_all_macros
from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, take_in, taken_in
from tests.support.marks import on_sqlite
from tests.support.rest import Caller
from tests.support.uploads import PNG, make_form

REFUND: dict[str, Any] = {
    "name": "Refund",
    "body": "Dear {{customer.first_name}}, it is on its way.",
    "kind": "reply",
    "verbs": {"status": "resolved", "add_tags": ["refund"], "assign_to": "me"},
}


async def create(caller: Caller, **fields: Any) -> Any:
    return (await caller.post("/macros", REFUND | fields)).expect(201)


async def list_names(caller: Caller) -> list[str]:
    return [it["name"] for it in (await caller.get("/macros")).expect(200)["items"]]


async def test_a_macro_of_ones_own_is_seen_and_changed_by_nobody_else(org: Org) -> None:
    ann, ben, key = await org.agent(), await org.agent(), await org.key(Scope.TICKETS_WRITE)
    before = (await ann.get("/events")).expect(200)["seq"]
    made = await create(ann)
    path = f"/macros/{made['id']}"
    assert made | REFUND == made
    assert made["shared"] is False
    assert await list_names(ann) == ["Refund"]
    for other in (ben, org.admin):
        assert await list_names(other) == []
        (await other.get(path)).expect(404, "not-found")
        (await other.patch(path, {"name": "Taken"})).expect(404, "not-found")
        (await other.ask("DELETE", path)).expect(404, "not-found")
    assert await list_names(key) == []
    # Nobody learns of it: it leaves no event.
    assert (await ann.get("/events")).expect(200)["seq"] == before
    assert (await ann.patch(path, {"body": "Hello"})).expect(200)["body"] == "Hello"
    (await ann.ask("DELETE", path)).expect(204)
    (await ann.get(path)).expect(404, "not-found")


async def test_supervisors_change_what_everybody_uses_and_an_event_says_so(org: Org) -> None:
    ann, sue, key = await org.agent(), await org.supervisor(), await org.key(Scope.TICKETS_WRITE)
    (await ann.post("/macros", REFUND | {"shared": True})).expect(403, "forbidden")
    before = (await ann.get("/events")).expect(200)["seq"]
    made = await create(sue, shared=True)
    path = f"/macros/{made['id']}"
    for reader in (ann, key, org.admin):
        assert await list_names(reader) == ["Refund"]
    (await ann.patch(path, {"name": "Mine"})).expect(403, "forbidden")
    (await ann.ask("DELETE", path)).expect(403, "forbidden")
    own = await create(ann, name="My own")
    (await ann.patch(f"/macros/{own['id']}", {"shared": True})).expect(403, "forbidden")
    (await org.admin.patch(path, {"name": "Money back"})).expect(200)
    (await org.admin.patch(path, {"name": "Money back"})).expect(200)
    log = (await ann.get("/events", after=before)).expect(200)["items"]
    assert [it["type"] for it in log] == ["org.changed"] * 2
    assert await list_names(ann) == ["Money back", "My own"]


async def test_unknown_variables_categories_and_agents_are_refused_at_saving(org: Org) -> None:
    customer = await org.customer()
    bad = {
        "body": "{{customer.nme}}",
        "verbs": {"status": "closed", "category": "none", "assign_to": str(customer.id)},
    }
    errors = (await org.admin.post("/macros", REFUND | bad)).expect(422, "validation")["errors"]
    assert [it["pointer"] for it in errors] == [
        "/body", "/verbs/category", "/verbs/status", "/verbs/assign_to",
    ]  # fmt: skip
    assert "customer.first_name" in errors[0]["detail"]
    made = await create(org.admin)
    path = f"/macros/{made['id']}"
    (await org.admin.patch(path, {"body": "{{}}"})).expect(422, "validation")
    assert (await org.admin.get(path)).expect(200) == made


async def test_a_name_is_used_once_by_each_owner(org: Org) -> None:
    ann, ben = await org.agent(), await org.agent()
    await create(ann)
    await create(ben)
    await create(org.admin, shared=True)
    (await ann.post("/macros", REFUND | {"name": "REFUND"})).expect(409, "macro-name-taken")
    other = await create(ann, name="Other")
    edit = await ann.patch(f"/macros/{other['id']}", {"name": "refund"})
    edit.expect(409, "macro-name-taken")


async def test_a_message_changes_its_ticket_in_the_same_transaction(org: Org) -> None:
    ann, ben = await org.agent("Ann"), await org.agent("Ben")
    customer = await org.customer()
    number = (await customer.file())["number"]
    edit = {"priority": "high", "add_tags": ["refund"], "assign_to": ben.id}
    await ann.write(number, "Done", status="in_progress", edit=edit)
    ticket = await ann.ticket(number)
    assert (ticket["priority"], ticket["tags"]) == ("high", ["refund"])
    assert ticket["assignee"]["name"] == "Ben"
    log = (await ann.get(f"/tickets/{number}/events")).expect(200)["items"]
    assert [it["type"] for it in log][1:] == [
        "message.added", "ticket.claimed", "ticket.assigned",
    ]  # fmt: skip
    refused = {"category": "none", "assign_to": customer.id, "add_tags": ["b"]}
    reply = await ann.post(f"/tickets/{number}/messages", {"body": "A", "edit": refused})
    # Ann does not have the ticket any more, so she cannot give it away.
    reply.expect(403, "forbidden")
    bad = await ben.post(f"/tickets/{number}/messages", {"body": "A", "edit": refused})
    pointers = [it["pointer"] for it in bad.expect(422, "validation")["errors"]]
    assert pointers == ["/edit/category", "/edit/assign_to"]
    own = await customer.post(f"/tickets/{number}/messages", {"body": "A", "edit": edit})
    own.expect(403, "forbidden")
    assert len((await ann.get(f"/tickets/{number}/messages")).expect(200)["items"]) == 1


@on_sqlite
async def test_a_message_with_files_changes_its_ticket_too(org: Org) -> None:
    customer, ann = await org.customer(), await org.agent()
    number = (await customer.file())["number"]
    form = make_form(("a.png", PNG), body="See", edit='{"add_tags": ["photo"]}')
    (await ann.ask("POST", f"/tickets/{number}/attachments", data=form)).expect(201)
    assert (await ann.ticket(number))["tags"] == ["photo"]
    bad = make_form(("a.png", PNG), body="See", edit="photo")
    reply = await ann.ask("POST", f"/tickets/{number}/attachments", data=bad)
    assert reply.expect(422, "validation")["errors"][0]["pointer"] == "/edit"


async def test_tags_are_added_and_removed_beside_those_of_others(org: Org) -> None:
    number = (await (await org.customer()).file())["number"]
    path = f"/tickets/{number}"
    (await org.admin.patch(path, {"tags": ["a", "b"]})).expect(200)
    edited = await org.admin.patch(path, {"add_tags": ["c", "a"], "remove_tags": ["b", "x"]})
    assert edited.expect(200)["tags"] == ["a", "c"]
    both = await org.admin.patch(path, {"tags": [], "add_tags": ["d"]})
    assert both.expect(422, "validation")["errors"][0]["pointer"] == "/tags"
    many = {"add_tags": [str(n) for n in range(19)]}
    assert (await org.admin.patch(path, many)).expect(422, "validation")["errors"] == [
        {"detail": "a ticket has at most 20 tags", "pointer": "/add_tags"}
    ]


async def test_with_a_person_their_own_macros_are_erased(org: Org) -> None:
    ann = await org.agent()
    await create(ann, body="A secret habit")
    await create(org.admin, shared=True)
    (await org.admin.post(f"/users/{ann.id}/erase")).expect(200)
    left = await org.write(lambda work: list_all_macros(work.writing, org.id, 0, 9))
    assert [macro.body for macro in left] == [REFUND["body"]]


async def test_macros_move_to_another_organization_and_none_comes_twice(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    ann, ben = await here.agent("Ann"), await here.agent("Ben")
    await create(ann, verbs={"assign_to": str(ben.id), "category": "general"})
    await create(here.admin, name="Everybody's", shared=True)
    lines = await given_out(here)
    macros = [line["macro"] for line in lines if "macro" in line]
    assert [(it["name"], it.get("owner")) for it in macros] == [
        ("Refund", ann.email), ("Everybody's", None),
    ]  # fmt: skip
    assert macros[0]["assign_to"] == ben.email
    report = await taken_in(there, *lines)
    assert "2 macros imported, 0 skipped (already there)." in list(report.write_sentences())
    again = await taken_in(there, *lines)
    assert "0 macros imported, 2 skipped (already there)." in list(again.write_sentences())
    moved = [line["macro"] for line in await given_out(there) if "macro" in line]
    assert moved == macros


async def test_a_bad_macro_in_an_import_is_refused_with_its_reason(org: Org) -> None:
    owner = {"user": {"email": "ann@example.test", "role": "agent"}}
    done = await take_in(
        org,
        [
            owner,
            {"macro": {"name": "A", "body": "{{nobody}}"}},
            {"macro": {"name": "B", "body": "B", "verbs": {"assign_to": "17"}}},
            {"macro": {"name": "C", "body": "C", "owner": "ann@example.test"}},
        ],
    )
    assert done.returncode == 1
    assert "/macro/body: has unknown variables {{nobody}}" in done.stderr
    assert "/macro/verbs/assign_to: must be `me`" in done.stderr
    assert "1 macro imported" in done.stdout
