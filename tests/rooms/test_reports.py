"""Reports over REST: what counts, whose it is, and that three doors say the same."""

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from common.people import Scope
from server.clock import utc_now
from server.desk.desk import Desk
from server.domain.timestamps import to_microseconds
from server.jobs.report_rollup import ReportRollupJob
from server.storage.queries.reports.daily_rollups import DAY
from tests.support.desk import Org
from tests.support.marks import on_sqlite
from tests.support.rest import Caller

RANGE = {"from": "2020-01-01", "to": "2100-01-01"}
DURATIONS = ("response_time", "first_response_time", "first_resolution_time", "resolution_time")


async def total(caller: Caller, **asked: Any) -> dict[str, Any]:
    told: dict[str, Any] = (await caller.get("/reports/summary", **(RANGE | asked))).expect(200)
    return told["total"]  # type: ignore[no-any-return]


async def groups(caller: Caller, by: str, **asked: Any) -> dict[str, dict[str, Any]]:
    told = (await caller.get("/reports/summary", group_by=by, **(RANGE | asked))).expect(200)
    return {group["label"]: group for group in told["groups"]}


async def rows(caller: Caller, metric: str, **asked: Any) -> list[dict[str, Any]]:
    return await caller.everything("/reports/tickets", metric=metric, **(RANGE | asked))


async def worked(org: Org) -> tuple[Caller, Caller, Caller, Caller]:
    """A desk on which everything that counts has happened once or more."""
    ann, bo = await org.agent("Ann"), await org.agent("Bo")
    cleo, sue = await org.customer("Cleo"), await org.supervisor("Sue")
    first, second, spam = [(await cleo.file(f"No. {n}"))["number"] for n in range(3)]
    await ann.write(first, "Hello")
    await cleo.write(first, "It is still broken")
    await bo.write(first, "And now?")
    await ann.edit(first, status="resolved")
    await cleo.write(first, "No")
    await bo.edit(first, status="resolved", priority="high")
    (await cleo.post(f"/tickets/{first}/rating", {"score": 2, "comment": "Slow."})).expect(200)
    (await cleo.post(f"/tickets/{first}/rating", {"score": 4, "comment": "Well."})).expect(200)
    await ann.claim(second)
    await ann.edit(second, category="general", priority="low")
    await ann.edit(spam, status="closed", reason="spam")
    return ann, bo, cleo, sue


async def test_a_ticket_resolved_twice_is_two_resolutions_of_one_ticket(org: Org) -> None:
    ann, bo, _, sue = await worked(org)
    told = await total(sue)
    counted = {name: value for name, value in told.items() if isinstance(value, int)}
    assert counted == {
        "tickets_created": 3,
        "tickets_resolved": 1,
        "resolution_events": 2,
        "reopened": 1,
        "backlog": 1,
        "unanswered": 1,
    }
    n = {name: told[name]["n"] for name in DURATIONS}
    assert n == dict(zip(DURATIONS, (2, 1, 1, 2), strict=True))
    by = await groups(sue, "agent")
    assert by["Ann"]["resolution_events"] == by["Bo"]["resolution_events"] == 1
    assert by["Ann"]["reopened"] == 1
    assert by["Ann"]["backlog"] == 1
    assert (by["Ann"]["key"], by["Bo"]["key"]) == (str(ann.id), str(bo.id))
    assert [group["tickets_created"] for group in by.values()] == [None] * len(by)


async def test_the_last_rating_counts_for_who_resolved(org: Org) -> None:
    ann, bo, _, sue = await worked(org)
    (number,) = {row["ticket"]["number"] for row in await rows(sue, "csat")}
    await ann.edit(number, status="in_progress")
    (await sue.post(f"/tickets/{number}/assign", {"user_id": ann.id})).expect(200)
    told = (await groups(sue, "agent"))["Bo"]["csat"]
    assert told == {"n": 1, "score": 100.0, "mean": 4.0}
    (row,) = await rows(sue, "csat", group_by="agent", key=str(bo.id))
    assert (row["value"], row["comment"], row["agent"]["name"]) == (4, "Well.", "Bo")


async def test_a_ticket_resolved_without_a_reply_raises_unanswered_and_moves_no_mean(
    org: Org,
) -> None:
    ann, cleo, sue = await org.agent("Ann"), await org.customer(), await org.supervisor()
    number = (await cleo.file())["number"]
    await ann.edit(number, status="resolved")
    told = await total(sue)
    assert told["unanswered"] == 1
    assert told["first_response_time"]["n"] == 0
    assert told["first_response_time"]["mean"] is None


async def test_notes_and_keys_answer_nobody(org: Org) -> None:
    ann, cleo, sue = await org.agent("Ann"), await org.customer(), await org.supervisor()
    key = await org.key()
    number = (await cleo.file())["number"]
    await ann.write(number, "Look at this", kind="note")
    await key.write(number, "We have got it")
    assert (await total(sue))["response_time"]["n"] == 0
    await ann.write(number, "Hello")
    (row,) = await rows(sue, "response_time")
    assert row["agent"]["name"] == "Ann"
    assert row["ticket"]["number"] == number


async def test_spam_leaves_the_figures_and_comes_back_with_a_supervisors_reopening(
    org: Org,
) -> None:
    ann, cleo, sue = await org.agent("Ann"), await org.customer(), await org.supervisor()
    number = (await cleo.file())["number"]
    await ann.write(number, "Hello")
    before = await total(sue)
    await ann.edit(number, status="closed", reason="spam")
    gone = await total(sue)
    assert (gone["tickets_created"], gone["backlog"]) == (1, 0)
    assert gone["response_time"]["n"] == 0
    await sue.edit(number, status="in_progress", reason="It was none")
    back = await total(sue)
    assert back == {**before, "reopened": 1}


async def test_rest_csv_and_drill_down_say_the_same_to_the_last_digit(org: Org) -> None:
    _, _, _, sue = await worked(org)
    now = utc_now()
    day = timedelta(days=1)
    for by in ("agent", "category", "priority", "day"):
        span = {"from": (now - day).isoformat(), "to": (now + day).isoformat()}
        asked = {**span, "group_by": by}
        reply = await sue.get("/reports/summary", **asked)
        told = reply.expect(200)
        raw = (await sue.get("/reports/summary.csv", **asked)).body.decode()
        lines = list(csv.DictReader(io.StringIO(raw)))
        expected = [*told["groups"], {**told["total"], "key": None, "label": "Total"}]
        assert lines == [flat(group) for group in expected]
        for group in (*told["groups"], told["total"]):
            await compared(sue, group, asked if "key" in group else span)


async def compared(sue: Caller, figures: dict[str, Any], asked: dict[str, Any]) -> None:
    """Every figure against the rows that it opens."""
    more = {"key": figures["key"] or "none"} if "key" in figures else {}
    for metric, figure in figures.items():
        if metric in {"key", "label"} or figure is None:
            continue
        behind = await rows(sue, metric, **asked, **more)
        n = figure["n"] if isinstance(figure, dict) else figure
        assert len(behind) == n, (metric, more)
        if metric in DURATIONS and n:
            micro = [round(row["value"] * 1_000_000) for row in behind]
            assert figure["mean"] == sum(micro) / (n * 1_000_000)
            assert figure["median"] == pytest.approx(sorted(micro)[n // 2] / 1e6, rel=1)


def flat(values: dict[str, Any], path: str = "") -> dict[str, str]:
    cells: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, dict):
            cells |= flat(value, f"{path}{name}.")
        elif name in {"key", "label"}:
            cells[name] = value or ""
        else:
            cells[path + name] = "" if value is None else json.dumps(value)
    return cells


async def test_pages_of_rows_hold_each_row_once_in_the_order_asked_for(org: Org) -> None:
    ann, cleo, sue = await org.agent("Ann"), await org.customer(), await org.supervisor()
    numbers = [(await cleo.file())["number"] for _ in range(5)]
    for number in numbers:
        await ann.write(number)
    for sort in ("at", "-at", "value", "-value"):
        found = await rows(sue, "response_time", sort=sort, limit=2)
        assert sorted(row["ticket"]["number"] for row in found) == numbers
        name, down = sort.removeprefix("-"), sort.startswith("-")
        assert found == sorted(found, key=lambda row: row[name], reverse=down)


async def test_an_agent_sees_the_own_figures_and_nobody_elses(org: Org) -> None:
    ann, bo, _, sue = await worked(org)
    for agent, name in ((ann, "Ann"), (bo, "Bo")):
        own = (await agent.get("/reports/me", **RANGE)).expect(200)
        group = (await groups(sue, "agent"))[name]
        assert own["total"] == {k: v for k, v in group.items() if k not in {"key", "label"}}


async def test_a_key_reads_reports_within_its_scope(org: Org) -> None:
    await worked(org)
    key = await org.key(Scope.REPORTS_READ)
    assert (await total(key))["tickets_created"] == 3
    other = await org.key(Scope.TICKETS_READ)
    (await other.get("/reports/summary", **RANGE)).expect(403, "forbidden")


@on_sqlite
@pytest.mark.parametrize(
    ("asked", "parameters"),
    [
        ({}, ["from", "to"]),
        ({"from": "yesterday", "to": "tomorrow!"}, ["from", "to"]),
        ({"from": "2026-02-30", "to": "2026-03-01T10:00:00"}, ["from", "to"]),
        ({"from": "2026-03-01", "to": "2026-03-01"}, ["from"]),
        ({"from": "0001-01-01", "to": "9999-12-31T23:59:59-12:00"}, ["from", "to"]),
        ({"from": "2026-01-01", "to": "2026-02-01", "group_by": "moon"}, ["group_by"]),
        ({"from": "1990-01-01", "to": "2026-02-01", "group_by": "day"}, ["group_by"]),
        ({"from": "2026-01-01", "to": "2026-02-01", "nonsense": "1"}, ["nonsense"]),
        ({"from": "2026-02-01", "to": "2026-01-01", "group_by": "moon"}, ["group_by", "from"]),
        ({"to": "yesterday!", "group_by": "moon"}, ["group_by", "from", "to"]),
    ],
)
async def test_a_range_that_is_none_is_refused_with_every_fault(
    org: Org, asked: dict[str, str], parameters: list[str]
) -> None:
    for path in ("/reports/summary", "/reports/summary.csv"):
        problem = (await org.admin.get(path, **asked)).expect(422, "validation")
        assert [error["parameter"] for error in problem["errors"]] == parameters


@on_sqlite
@pytest.mark.parametrize(
    "asked",
    [
        {"metric": "happiness"},
        {"metric": "csat", "key": "1000"},
        {"metric": "csat", "group_by": "agent", "key": "Ann"},
        {"metric": "csat", "group_by": "priority", "key": "huge"},
        {"metric": "csat", "group_by": "day", "key": "2019-12-31"},
        {"metric": "tickets_created", "group_by": "agent", "key": "1000"},
        {"metric": "csat", "cursor": "WzFd"},
        {"metric": "csat", "limit": "0"},
    ],
)
async def test_rows_of_what_is_no_figure_are_refused(org: Org, asked: dict[str, str]) -> None:
    span = {"from": "2026-01-01", "to": "2026-02-01"}
    (await org.admin.get("/reports/tickets", **(span | asked))).expect(422, "validation")


@on_sqlite
async def test_rows_are_refused_with_every_fault_of_group_cursor_and_range(org: Org) -> None:
    asked = {"from": "2026-02-01", "to": "2026-01-01", "metric": "csat", "cursor": "WzFd"}
    for group in ({"key": "1000"}, {"group_by": "priority", "key": "huge"}):
        problem = (await org.admin.get("/reports/tickets", **asked, **group)).expect(
            422, "validation"
        )
        assert [error["parameter"] for error in problem["errors"]] == ["cursor", "key", "from"]


async def test_a_row_has_its_ticket_as_every_list_of_agents_has_it(org: Org) -> None:
    cleo, ann = await org.customer(), await org.agent("Ann")
    number = (await cleo.file())["number"]
    await ann.edit(number, tags=["vip"])
    listed = (await ann.get("/tickets")).expect(200)["items"]
    assert [row["ticket"] for row in await rows(org.admin, "backlog")] == listed


@on_sqlite
async def test_a_name_that_would_be_a_formula_is_text_in_the_csv(org: Org) -> None:
    evil = await org.agent('=HYPERLINK("http://x")')
    cleo = await org.customer()
    await evil.write((await cleo.file())["number"])
    raw = (await org.admin.get("/reports/summary.csv", group_by="agent", **RANGE)).body.decode()
    (line,) = [it for it in csv.DictReader(io.StringIO(raw)) if it["key"] == str(evil.id)]
    assert line["label"] == '\'=HYPERLINK("http://x")'


@on_sqlite
async def test_erasing_people_leaves_every_figure_as_it_was(org: Org) -> None:
    ann, _, cleo, sue = await worked(org)
    names = ("agent", "category", "priority", "month")
    # Up to now: who is erased puts open work back into the queue, and that is counted from then on.
    now = utc_now()
    span = {"from": (now - timedelta(days=40)).isoformat(), "to": now.isoformat()}

    async def everything() -> list[Any]:
        told = [(await groups(sue, by, **span)).values() for by in names]
        return sorted(
            json.dumps({k: v for k, v in group.items() if k != "label"}, sort_keys=True)
            for groups_ in told
            for group in groups_
        )

    before, whole = await everything(), await total(sue, **span)
    for person in (cleo, ann):
        (await org.admin.post(f"/users/{person.id}/erase")).expect(200)
    assert await everything() == before
    assert await total(sue, **span) == whole
    assert [row["comment"] for row in await rows(sue, "csat")] == ["(erased)"]


async def test_business_time_is_that_of_the_terms_in_force_when_the_wait_began(org: Org) -> None:
    cleo, ann, sue = await org.customer(), await org.agent("Ann"), await org.supervisor()
    early = (await cleo.file())["number"]
    (await org.admin.patch("", {"business_hours": {}})).expect(200)  # never open
    late = (await cleo.file())["number"]
    for number in (early, late):
        await ann.write(number)
    found = {row["ticket"]["number"]: row for row in await rows(sue, "response_time")}
    assert found[early]["business"] == found[early]["value"] > 0
    assert found[late]["business"] == 0 < found[late]["value"]
    times = (await total(sue))["response_time"]
    assert (times["n"], times["business"]["n"]) == (2, 2)


@on_sqlite
async def test_the_server_packs_days_that_are_over_and_no_figure_moves(org: Org) -> None:
    cleo, ann = await org.customer(), await org.agent("Ann")
    number = (await cleo.file())["number"]
    told = await total(org.admin)
    today = to_microseconds(utc_now()) // DAY
    report_rollup = ReportRollupJob(
        org.desk.database, Desk(org.desk.database, utc_now, lambda _: None), utc_now
    )
    await report_rollup._roll_up_organization(org.id, today + 2)
    assert await total(org.admin) == told
    await ann.edit(number, status="closed", reason="spam")
    assert (await total(org.admin))["backlog"] == 0
    await report_rollup._roll_up_day_again(org.id, today)
    told = await total(org.admin)
    assert (told["tickets_created"], told["backlog"]) == (1, 0)
