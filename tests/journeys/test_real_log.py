"""The log of a real help desk goes in, is all there, and comes out as it went in."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import datetime
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import pytest

from benchmarks import real_log
from benchmarks.desk_process import Desk
from benchmarks.rest import Rest
from tests.support.process import fork_deskwire_server

pytestmark = pytest.mark.skipif(not real_log.LOG.exists(), reason="the log is not beside us")

SAMPLE_ORG, OTHER_ORG = 4822, 4823
SAMPLE_STEP = 12
"""Of so many tickets one is in the sample: what holds for each line needs no log of 4580."""
MOVES = {
    "Take in charge ticket": "in_progress",
    "Resolve ticket": "resolved",
    "Closed": "closed",
}
REPORT = "from=2009-01-01&to=2015-01-01"
Line = dict[str, Any]


class ForkedDesk(Desk):
    """A desk whose commands run in processes that have their imports already."""

    def run_command(self, *arguments: str, env: Mapping[str, str] | None = None) -> None:
        command = (*arguments, "--database", self.url)
        done = fork_deskwire_server(*command, env=None if env is None else dict(env))
        assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def log() -> list[real_log.Row]:
    return real_log.rows()


@pytest.fixture(scope="module")
def source(log: list[real_log.Row], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.write_text("".join(real_log.lines(log)))
    return path


@pytest.fixture(scope="module")
def desk(source: Path) -> Desk:
    new = ForkedDesk(source.with_name("desk.db"))
    new.found()
    new.take_in(source)
    return new


@pytest.fixture(scope="module")
def admin(desk: Desk) -> Iterator[Rest]:
    with desk.served(), closing(desk.admin()) as admin:
        yield admin


@pytest.fixture(scope="module")
def sample(log: list[real_log.Row], source: Path, desk: Desk) -> Path:
    """Some tickets of the log, which are in an organization of their own as well."""
    path = source.with_name("sample.jsonl")
    chosen = [rows for number, rows in _cases(log) if number % SAMPLE_STEP == 0]
    path.write_text("".join(real_log.lines([row for rows in chosen for row in rows])))
    desk.found(SAMPLE_ORG)
    desk.take_in(path, SAMPLE_ORG)
    return path


@pytest.fixture(scope="module")
def tickets(admin: Rest) -> list[Line]:
    return list(_tickets(admin))


@pytest.fixture(scope="module")
def events(admin: Rest) -> list[Line]:
    return list(_events(admin))


def test_every_ticket_of_the_log_is_there(log: list[real_log.Row], tickets: list[Line]) -> None:
    opened = {number: real_log.moment(rows[0]) for number, rows in _cases(log)}

    assert {ticket["number"]: ticket["created_at"] for ticket in tickets} == opened
    assert len(tickets) == 4580


def test_every_event_of_the_log_has_its_counterpart(
    log: list[real_log.Row], events: list[Line]
) -> None:
    opening = {(number, id(rows[0])) for number, rows in _cases(log)}
    happened = Counter(
        (number, real_log.moment(row), row["Resource"])
        for number, rows in _cases(log)
        for row in rows
        if (number, id(row)) not in opening or row["Activity"] not in real_log.OPENING
    )
    told = Counter(
        (event["ticket"]["number"], event["at"], event["actor"]["name"])
        for event in events
        if "ticket" in event
    )

    assert len(log) == 21_348
    assert not happened - told
    assert sum(event["type"] == "ticket.created" for event in events) == 4580


def test_every_ticket_stands_where_the_log_left_it(
    log: list[real_log.Row], admin: Rest, tickets: list[Line]
) -> None:
    ends = {number: _path(rows)[-1] for number, rows in _cases(log)}
    queues = admin.get("/queues")

    assert {ticket["number"]: ticket["status"] for ticket in tickets} == ends
    assert {status: queues[status] for status in set(ends.values())} == Counter(ends.values())


def test_resolving_and_reopening_are_counted_as_a_plain_reading_of_the_log_counts_them(
    log: list[real_log.Row], events: list[Line], tickets: list[Line]
) -> None:
    paths = {number: _path(rows) for number, rows in _cases(log)}
    resolved = Counter({number: path.count("resolved") for number, path in paths.items()})
    reopened = {number: _reopenings(path) for number, path in paths.items()}
    told = Counter(
        event["ticket"]["number"] for event in events if event["type"] == "ticket.resolved"
    )

    assert told == +resolved
    assert {ticket["number"]: ticket["reopen_count"] for ticket in tickets} == reopened


def test_the_reports_figures_are_those_of_a_plain_reading_of_the_log(
    log: list[real_log.Row], admin: Rest
) -> None:
    told = admin.get(f"/reports/summary?group_by=agent&{REPORT}")
    total, groups = told["total"], {group["label"]: group for group in told["groups"]}
    happened = [it for _, rows in _cases(log) for it in _resolutions(rows)]
    resolved = [it for it in happened if it[0] == "resolved"]

    assert total["tickets_created"] == 4580
    assert total["backlog"] == sum(
        _path(rows)[-1] in {"open", "in_progress"} for _, rows in _cases(log)
    )
    assert _figures(total) == _plainly(happened)
    assert set(groups) >= {who for _, who, _, _ in resolved}
    for name, group in groups.items():
        assert _figures(group) == _plainly([it for it in happened if it[1] == name]), name


def test_a_plain_reading_finds_the_same_month_by_month(
    log: list[real_log.Row], admin: Rest
) -> None:
    span = "from=2012-01-01&to=2012-04-01"
    groups = admin.get(f"/reports/summary?group_by=month&{span}")["groups"]
    happened = [it for _, rows in _cases(log) for it in _resolutions(rows)]

    assert [group["key"] for group in groups] == ["2012-01", "2012-02", "2012-03"]
    for group in groups:
        own = [it for it in happened if it[2].startswith(group["key"])]
        assert _figures(group) == _plainly(own)
        filed = [rows for _, rows in _cases(log) if real_log.moment(rows[0])[:7] == group["key"]]
        assert group["tickets_created"] == len(filed)


def test_the_rows_of_reports_made_again_from_the_log_are_the_same(desk: Desk, admin: Rest) -> None:
    before = admin.get(f"/reports/summary?group_by=agent&{REPORT}")
    desk.recount()

    assert admin.get(f"/reports/summary?group_by=agent&{REPORT}") == before


def test_importing_it_again_changes_nothing(desk: Desk, sample: Path) -> None:
    before = _exported(desk, SAMPLE_ORG)
    desk.take_in(sample, SAMPLE_ORG)

    assert _exported(desk, SAMPLE_ORG) == before
    assert len(before) > 4580 // SAMPLE_STEP


@pytest.mark.usefixtures("admin", "sample")
def test_what_is_exported_makes_the_same_organization_elsewhere(desk: Desk) -> None:
    here = _exported(desk, SAMPLE_ORG)
    desk.found(OTHER_ORG)
    desk.take_in(_export_path(desk, SAMPLE_ORG), OTHER_ORG)

    assert _exported(desk, OTHER_ORG) == here
    with closing(desk.admin(SAMPLE_ORG)) as one, closing(desk.admin(OTHER_ORG)) as other:
        for by in ("agent", "month"):
            figures = f"/reports/summary?group_by={by}&{REPORT}"
            assert _without_keys(other.get(figures)) == _without_keys(one.get(figures))


def _cases(log: list[real_log.Row]) -> list[tuple[int, list[real_log.Row]]]:
    cases = groupby(log, lambda row: row["case:concept:name"])
    return [(int(name.removeprefix("Case")), list(rows)) for name, rows in cases]


def _path(rows: list[real_log.Row]) -> list[str]:
    """The statuses a ticket goes through; closed, it is resolved no more."""
    path = ["open"]
    for row in rows:
        status = MOVES.get(row["Activity"], path[-1])
        if status != path[-1] and (path[-1], status) != ("closed", "resolved"):
            path.append(status)
    return path


def _reopenings(path: list[str]) -> int:
    return sum(
        old in {"resolved", "closed"} and new == "in_progress" for old, new in pairwise(path)
    )


def _resolutions(rows: list[real_log.Row]) -> Iterator[tuple[str, str, str, int]]:
    """Counts by a plain reading: (what, who is credited, when, seconds since it was filed)."""
    status, resolver = "open", ""
    filed = datetime.fromisoformat(rows[0]["time:timestamp"])
    for row in rows:
        after = MOVES.get(row["Activity"], status)
        if after == status or (status, after) == ("closed", "resolved"):
            continue
        lasted = int((datetime.fromisoformat(row["time:timestamp"]) - filed).total_seconds())
        if after == "resolved":
            resolver = row["Resource"]
            yield "resolved", resolver, f"{real_log.moment(row)} {row['case:concept:name']}", lasted
        elif after == "in_progress" and status in {"resolved", "closed"}:
            yield "reopened", resolver, real_log.moment(row), 0
        status = after


def _plainly(happened: list[tuple[str, str, str, int]]) -> dict[str, Any]:
    lasted = [seconds for what, _, _, seconds in happened if what == "resolved"]
    tickets = {when.split()[1] for what, _, when, _ in happened if what == "resolved"}
    return {
        "resolution_events": len(lasted),
        "tickets_resolved": len(tickets),
        "reopened": sum(what == "reopened" for what, _, _, _ in happened),
        "n": len(lasted),
        "mean": sum(lasted) / len(lasted) if lasted else None,
        "median": median(lasted) if lasted else None,
        "p90": quantiles(lasted, n=10, method="inclusive")[-1] if len(lasted) > 1 else None,
    }


def _figures(told: dict[str, Any]) -> dict[str, Any]:
    time = told["resolution_time"]
    return {
        **{name: told[name] for name in ("resolution_events", "tickets_resolved", "reopened")},
        **{name: time[name] for name in ("n", "mean", "median")},
        "p90": pytest.approx(time["p90"], rel=1e-12) if time["n"] > 1 else None,
    }


def _without_keys(told: dict[str, Any]) -> Any:
    groups = [{**group, "key": None} for group in told["groups"]]
    return told["total"], sorted(groups, key=lambda group: str(group["label"]))


def _tickets(admin: Rest) -> Iterator[Line]:
    cursor = ""
    while cursor is not None:
        page = admin.get(f"/tickets?limit=1000{cursor and '&cursor='}{cursor}")
        yield from page["items"]
        cursor = page["next_cursor"]


def _events(admin: Rest) -> Iterator[Line]:
    after = 0
    while items := admin.get(f"/events?limit=1000&after={after}")["items"]:
        yield from items
        after = items[-1]["seq"]


def _export_path(desk: Desk, org_id: int) -> Path:
    return desk.path.with_name(f"export-{org_id}.jsonl")


def _exported(desk: Desk, org_id: int) -> list[Line]:
    path = _export_path(desk, org_id)
    path.unlink(missing_ok=True)
    desk.give_out(path, org_id)
    return sorted(map(json.loads, path.read_text().splitlines()), key=_name)


def _name(line: Line) -> tuple[str, str]:
    user, ticket = line.get("user", {}), line.get("ticket", {})
    return user.get("email", ""), ticket.get("external_id", "")
