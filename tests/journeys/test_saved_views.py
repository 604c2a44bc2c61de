"""Saved views over REST: whose they are, their order and counts, and where else they turn up."""

from typing import Any

from common.people import Scope
from common.saved_views import MOST_VIEWS
from server.storage.queries.organization.saved_views import list_all_views
from tests.support.desk import Org, Tenants
from tests.support.import_lines import given_out, take_in, taken_in
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

URGENT: dict[str, Any] = {
    "name": "Urgent",
    "filter": "status:open,in_progress priority:urgent assignee:me",
    "sort": "-updated_at",
    "columns": ["number", "subject", "sla_due"],
}


async def create(caller: Caller, **fields: Any) -> Any:
    return (await caller.post("/views", URGENT | fields)).expect(201)


async def list_views(caller: Caller, **query: str) -> list[Any]:
    found: list[Any] = (await caller.get("/views", **query)).expect(200)["items"]
    return found


async def list_names(caller: Caller) -> list[str]:
    return [it["name"] for it in await list_views(caller)]


async def test_a_view_of_ones_own_is_seen_and_changed_by_nobody_else(org: Org) -> None:
    ann, ben, key = await org.agent(), await org.agent(), await org.key(Scope.TICKETS_WRITE)
    before = (await ann.get("/events")).expect(200)["seq"]
    made = await create(ann)
    path = f"/views/{made['id']}"
    assert made | URGENT == made
    assert (made["shared"], made["position"], made["version"]) == (False, 0, 1)
    assert await list_views(ann) == [made]
    for other in (ben, org.admin):
        assert await list_names(other) == []
        (await other.get(path)).expect(404, "not-found")
        (await other.patch(path, {"name": "Taken"})).expect(404, "not-found")
        (await other.ask("DELETE", path)).expect(404, "not-found")
    assert await list_names(key) == []
    # Nobody learns of it: it leaves no event.
    assert (await ann.get("/events")).expect(200)["seq"] == before
    (await ann.ask("DELETE", path)).expect(204)
    (await ann.get(path)).expect(404, "not-found")
    (await (await org.customer()).get("/views")).expect(403, "forbidden")


async def test_supervisors_change_what_everybody_has_and_an_event_says_so(org: Org) -> None:
    ann, sue, key = await org.agent(), await org.supervisor(), await org.key(Scope.TICKETS_WRITE)
    (await ann.post("/views", URGENT | {"shared": True})).expect(403, "forbidden")
    before = (await ann.get("/events")).expect(200)["seq"]
    made = await create(sue, shared=True)
    path = f"/views/{made['id']}"
    own = await create(ann, name="My own")
    for reader in (key, org.admin):
        assert await list_names(reader) == ["Urgent"]
    assert await list_names(ann) == ["Urgent", "My own"]
    (await ann.patch(path, {"name": "Mine"})).expect(403, "forbidden")
    (await ann.ask("DELETE", path)).expect(403, "forbidden")
    (await ann.patch(f"/views/{own['id']}", {"shared": True})).expect(403, "forbidden")
    (await org.admin.patch(path, {"name": "Most urgent"})).expect(200)
    (await org.admin.patch(path, {"name": "Most urgent"})).expect(200)
    log = (await ann.get("/events", after=before)).expect(200)["items"]
    assert [it["type"] for it in log] == ["org.changed"] * 2
    taken = (await sue.patch(path, {"shared": False})).expect(200)
    assert (taken["shared"], taken["version"]) == (False, 3)
    assert await list_names(ann) == ["My own"]
    assert await list_names(sue) == ["Most urgent"]


async def test_views_keep_the_order_that_they_are_put_in(org: Org) -> None:
    ann = await org.agent()
    made = [await create(ann, name=name) for name in "abcd"]
    ids = {it["name"]: it["id"] for it in made}
    moved = (await ann.patch(f"/views/{ids['d']}", {"position": 1})).expect(200)
    assert (moved["position"], moved["version"]) == (1, 2)
    assert await list_names(ann) == ["a", "d", "b", "c"]
    (await ann.patch(f"/views/{ids['a']}", {"position": 49})).expect(200)
    assert await list_names(ann) == ["d", "b", "c", "a"]
    (await ann.ask("DELETE", f"/views/{ids['b']}")).expect(204)
    found = await list_views(ann)
    assert [(it["name"], it["position"]) for it in found] == [("d", 0), ("c", 1), ("a", 2)]
    assert (await create(ann, name="e"))["position"] == 3
    shared = await create(org.admin, name="s", shared=True)
    (await org.admin.patch(f"/views/{shared['id']}", {"position": 3})).expect(200)
    assert await list_names(ann) == ["s", "d", "c", "a", "e"]


async def test_a_change_of_an_older_version_is_refused(org: Org) -> None:
    made = await create(org.admin)
    path = f"/views/{made['id']}"
    tag = (await org.admin.get(path)).headers["ETag"]
    assert tag == '"1"'
    edited = await org.admin.patch(path, {"name": "One"}, If_Match=tag)
    assert edited.headers["ETag"] == '"2"'
    late = await org.admin.patch(path, {"name": "Two"}, If_Match=tag)
    assert late.expect(412, "stale-view")["view"]["name"] == "One"
    late = await org.admin.ask("DELETE", path, headers={"If-Match": tag})
    late.expect(412, "stale-view")
    (await org.admin.ask("DELETE", path, headers={"If-Match": '"2"'})).expect(204)


async def test_counts_are_those_of_the_lists_for_whoever_asks(org: Org) -> None:
    ann, ben, customer = await org.agent("Ann"), await org.agent("Ben"), await org.customer()
    numbers = [(await customer.file())["number"] for _ in range(4)]
    for number in numbers[:3]:
        await ann.edit(number, priority="urgent")
    (await ann.post(f"/tickets/{numbers[0]}/claim")).expect(200)
    await create(org.admin, name="Mine", shared=True)
    await create(org.admin, name="All", filter="", shared=True)
    await create(org.admin, name="Free", filter="assignee:none created:today", shared=True)
    await create(org.admin, name="No", filter="status:open status:closed", shared=True)
    for caller, counts in ((ann, [1, 4, 3, 0]), (ben, [0, 4, 3, 0])):
        found = await list_views(caller, include="counts")
        assert [it["count"] for it in found] == counts
        for it in found:
            page = await caller.get("/tickets", filter=it["filter"])
            assert len(page.expect(200)["items"]) == it["count"]
    assert "count" not in (await list_views(ann))[0]
    key = await org.key(Scope.TICKETS_WRITE, Scope.TICKETS_READ)
    assert [it["count"] for it in await list_views(key, include="counts")] == [0, 4, 3, 0]


async def test_a_key_that_may_not_list_tickets_counts_none(org: Org) -> None:
    await create(org.admin, name="Secret", filter="secret", shared=True)
    key = await org.key(Scope.TICKETS_WRITE)
    (await key.get("/views", include="counts")).expect(403, "forbidden")
    assert [it["name"] for it in await list_views(key)] == ["Secret"]
    public = await org.key(Scope.TICKETS_WRITE, Scope.TICKETS_READ_PUBLIC)
    assert [it["count"] for it in await list_views(public, include="counts")] == [0]


async def test_a_bad_view_is_refused_with_every_reason(org: Org) -> None:
    bad = {"filter": "statsu:open", "sort": "age", "columns": ["number", "nonsense"], "name": ""}
    errors = (await org.admin.post("/views", bad)).expect(422, "validation")["errors"]
    assert {it["pointer"] for it in errors} == {"/filter", "/sort", "/columns/1", "/name"}
    (said,) = (it["detail"] for it in errors if it["pointer"] == "/filter")
    assert said.startswith("at character 1: there is no field statsu; did you mean status?")
    twice = URGENT | {"columns": ["number", "number"]}
    errors = (await org.admin.post("/views", twice)).expect(422, "validation")["errors"]
    assert errors == [{"detail": "must name each column once", "pointer": "/columns"}]
    kept = await create(org.admin, filter="  st:o   P:>=high !x ")
    assert kept["filter"] == "status:open priority:high,urgent -x"


async def test_a_view_name_is_used_once_by_each_owner(org: Org) -> None:
    ann, ben = await org.agent(), await org.agent()
    for caller, shared in ((ann, False), (ben, False), (org.admin, True)):
        await create(caller, shared=shared)
    (await ann.post("/views", URGENT | {"name": "URGENT"})).expect(409, "view-name-taken")
    other = await create(ann, name="Other")
    edit = await ann.patch(f"/views/{other['id']}", {"name": "urgent"})
    edit.expect(409, "view-name-taken")


@on_sqlite
async def test_an_owner_has_only_so_many_views(org: Org) -> None:
    for number in range(MOST_VIEWS):
        await create(org.admin, name=f"View {number}")
    more = await org.admin.post("/views", URGENT | {"name": "One more"})
    more.expect(409, "too-many-views")
    await create(org.admin, shared=True)


async def test_with_a_person_their_own_views_are_erased(org: Org) -> None:
    ann = await org.agent()
    await create(ann, name="A secret habit")
    await create(org.admin, shared=True)
    (await org.admin.post(f"/users/{ann.id}/erase")).expect(200)
    left = await org.write(lambda work: list_all_views(work.writing, org.id))
    assert [view.name for view in left] == ["Urgent"]


async def test_views_move_to_another_organization_and_none_comes_twice(tenants: Tenants) -> None:
    here, there = await tenants.found(), await tenants.found()
    ann, ben = await here.agent("Ann"), await here.agent("Ben")
    customer = await here.customer("Zed")
    named = f"assignee:{ben.id},999 -customer:{customer.id} p:low"
    await create(ann, filter=named)
    await create(here.admin, name="Everybody's", shared=True)
    lines = await given_out(here)
    views = [line["view"] for line in lines if "view" in line]
    assert [(it["name"], it.get("owner")) for it in views] == [
        ("Everybody's", None), ("Urgent", ann.email),
    ]  # fmt: skip
    assert sorted(it["email"] for it in views[1]["people"]) == sorted([ben.email, customer.email])
    report = await taken_in(there, *lines)
    assert "2 views imported, 0 skipped (already there)." in list(report.write_sentences())
    again = await taken_in(there, *lines)
    assert "0 views imported, 2 skipped (already there)." in list(again.write_sentences())
    moved = [line["view"] for line in await given_out(there) if "view" in line]
    assert moved[0] == views[0]
    emails = {it["id"]: it["email"] for it in moved[1]["people"]}
    assert set(emails.values()) == {ben.email, customer.email}
    assert moved[1]["filter"].startswith(
        f"assignee:{next(i for i in emails if emails[i] == ben.email)},0 -customer:"
    )


async def test_a_bad_view_in_an_import_is_refused_with_its_reason(org: Org) -> None:
    done = await take_in(
        org,
        [
            {"user": {"email": "ann@example.test", "role": "agent"}},
            {"view": {"name": "A", "filter": "created:soon"}},
            {"view": {"name": "B", "owner": "ann@example.test"}},
        ],
    )
    assert done.returncode == 1
    assert "/view/filter: at character 9: no time is written so" in done.stderr
    assert "1 view imported" in done.stdout


async def test_a_filter_of_a_list_and_of_a_bulk_request_is_refused_with_its_place(
    org: Org,
) -> None:
    customer = await org.customer()
    number = (await customer.file())["number"]
    listed = (await org.admin.get("/tickets", filter="due:soon", limit="0")).expect(
        422, "validation"
    )
    assert {it["parameter"] for it in listed["errors"]} == {"filter", "limit"}
    bulk = {"filter": {"filter": "vpn tag:"}, "edit": {"add_tags": ["x"]}}
    errors = (await org.admin.post("/bulk", bulk)).expect(422, "validation")["errors"]
    assert errors == [
        {"detail": "at character 9: write a value behind the :", "pointer": "/filter/filter"}
    ]
    done = await org.admin.post("/bulk", bulk | {"filter": {"filter": f"#{number} @none"}})
    assert done.expect(200)["changed"] == 1
    found = (await customer.get("/tickets", filter="tag:x")).expect(200)["items"]
    assert found == []
    assert len((await org.admin.get("/tickets", filter="tag:x")).expect(200)["items"]) == 1
