"""A supervisor trusts the figures: they are REST's and the CSV's, live, and each opens its rows."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from common import endpoints
from common.organization import Assignment
from common.people import Role
from tests.support.desk import ServedDesk, Tenants
from tests.support.support_team import SupportTeam
from tui import clock
from tui.reports.figure_definitions import FIGURES, Unit
from tui.reports.formatted_amounts import format_amount, format_exact_amount

Sit = Callable[..., Any]


@pytest.fixture
async def busy(sites: Callable[[str], ServedDesk], web: aiohttp.ClientSession) -> SupportTeam:
    """Returns an afternoon's work, and Mia, who looks at it."""
    desk = await SupportTeam.assemble(
        Tenants(sites("sqlite"), web), "Ana Sousa", "Bo Lindqvist", assignment=Assignment()
    )
    await desk.hire("Mia Okafor", Role.SUPERVISOR)
    await _work(desk)
    return desk


async def _work(desk: SupportTeam) -> None:
    for subject in ("VPN drops", "Printer on fire", "SSO loop"):
        number = await desk.file(subject)
        await desk.say("bo", number, "Looking into it")
    await desk.call("bo", "PATCH", "/tickets/1", {"status": "resolved"})
    await desk.call("ana", "PATCH", "/tickets/2", {"status": "resolved"})
    await desk.call("ana", "PATCH", "/tickets/2", {"status": "in_progress"})


def days(count: int) -> str:
    """The query of so many days up to today."""
    today = clock.read_server_time().date()
    return f"from={today - timedelta(days=count - 1)}&to={today + timedelta(days=1)}"


async def csv_of(desk: Any, query: str) -> str:
    reply = await desk.people["mia"].get(f"/reports/summary.csv?{query}")
    return str(reply.body.decode())


def at(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value[name]
    return value


async def total_of(desk: Any) -> Any:
    return (await desk.call("mia", "GET", f"/reports/summary?{days(7)}"))["total"]


async def test_screen_rest_and_csv_have_the_same_figures_to_the_last_digit(
    busy: Any, sit: Sit
) -> None:
    answer = await total_of(busy)
    *_, total = csv.DictReader(io.StringIO(await csv_of(busy, days(7))))
    async with sit(busy, "mia") as seat:
        await seat.press("f3")
        await seat.sees("Created: ")
        for is_business in (False, True):
            await seat.press(*("b" if is_business else "t"), "g")
            for shown in FIGURES:
                if ".business." in shown.path:
                    continue
                timed = shown.business_variant if is_business else shown
                value, cell = at(answer, timed.path), total[timed.path]
                said = format_amount(value, timed.unit, is_business=is_business)
                await seat.until(
                    lambda shown=shown, said=said: (
                        shown.name in (line := seat.line("▸")) and f"▸{said} " in line + " "
                    ),
                    f"{shown.path} {said}",
                )
                if timed.unit is not Unit.COUNT:
                    digits = format_exact_amount(None if cell == "" else float(cell), timed.unit)
                    assert digits in seat.line(f"{timed.name}: ")
                await seat.press("j")


async def test_groups_are_those_of_rest_and_what_is_saved_is_the_servers_csv(
    busy: Any, sit: Sit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = await busy.call("mia", "GET", f"/reports/summary?{days(7)}&group_by=agent")
    async with sit(busy, "mia", (120, 40)) as seat:
        await seat.press("f3")
        await seat.sees("Created: ")
        await seat.press("e")
        await seat.until(lambda: len(_files(tmp_path)) == 1, "the first file")
        await seat.press("t", "tab", "tab")
        await seat.sees("By agent", f"Resolved · {answer['groups'][0]['label']}:")
        for group in answer["groups"]:
            line = seat.line(f"   {group['label']} ").replace("▸", " ")
            assert f" {group['tickets_resolved']} " in line
            assert format_amount(group["response_time"]["median"], Unit.SECONDS) in line
        await seat.press("e")
        await seat.until(lambda: len(_files(tmp_path)) == 2, "the second file")
        await seat.press("e")
        await seat.until(lambda: len(_files(tmp_path)) == 3, "the third file")
        await seat.sees("Saved as", "-by-agent-2.csv")
    by_agent = await csv_of(busy, f"{days(7)}&group_by=agent")
    today = clock.read_server_time().date()
    name = f"deskwire-{busy.org.id}-{today - timedelta(days=6)}-to-{today + timedelta(days=1)}"
    assert _files(tmp_path) == {
        f"{name}.csv": await csv_of(busy, days(7)),
        f"{name}-by-agent.csv": by_agent,
        f"{name}-by-agent-2.csv": by_agent,
    }


async def test_enter_lists_what_is_behind_a_figure_and_opens_it_and_q_comes_back(
    busy: Any, sit: Sit
) -> None:
    backlog = (await total_of(busy))["backlog"]
    async with sit(busy, "mia") as seat:
        await seat.press("f3")
        await seat.sees("Created: ")
        await seat.press("l", "l")
        await seat.sees(f"Backlog: {backlog}")
        before = seat.line("▸")
        await seat.press("enter")
        await seat.sees("Backlog · ", f"{backlog} rows", "Printer on fire", "SSO loop")
        assert "VPN drops" not in seat.text
        await seat.press("G")
        row = seat.line("▸")
        await seat.press("enter")
        await seat.sees("It does not work.", "Looking into it")
        await seat.press("q")
        await seat.sees(f"{backlog} rows")
        assert seat.line("▸") == row
        await seat.press("q")
        await seat.sees(f"Backlog: {backlog}")
        assert seat.line("▸") == before
        await seat.press("q")
        await seat.sees(f"[3 Open {backlog}]")


async def test_figures_and_the_rows_behind_them_are_live_and_keep_the_cursor(
    busy: Any, sit: Sit
) -> None:
    total, number = await total_of(busy), await busy.file("Short of time")
    created, resolved = total["tickets_created"] + 1, total["tickets_resolved"]
    async with sit(busy, "mia") as seat:
        await seat.press("f3")
        await seat.sees(f"Created: {created}")
        await seat.press("l")
        await seat.sees(f"Resolved: {resolved}")
        await busy.call("ana", "PATCH", f"/tickets/{number}", {"status": "resolved"})
        await seat.sees(f"Resolved: {resolved + 1}", f"▸{resolved + 1}")
        await seat.press("g", "enter")
        await seat.sees(f"{created} rows")
        await seat.press("j")
        row = seat.line("▸")
        await busy.file("Another")
        await seat.sees(f"{created + 1} rows", "Another")
        assert seat.line("▸") == row


async def test_the_range_is_chosen_by_keys_and_typed_as_dates(busy: Any, sit: Sit) -> None:
    async with sit(busy, "mia", (120, 40)) as seat:
        await seat.press("f3")
        await seat.sees("[2 7 days]", "Created: ")
        await seat.press("4")
        await seat.sees("[4 90 days]", "by week")
        await seat.press("right_square_bracket")
        await seat.sees("[1 today]")
        await seat.press("5")
        await seat.sees("First and last day")
        await seat.write("2020-02-30")
        await seat.press("enter")
        await seat.sees("There is no day 2020-02-30.", "[1 today]")
        await seat.press("5")
        await seat.write("2020-02-01 2020-02-29")
        await seat.press("enter")
        await seat.sees("1 Feb - 29 Feb 2020", "▸0", "[5 1 Feb")
        await seat.press("enter")
        await seat.sees("Nothing was counted here.")


async def test_an_agent_sees_own_figures_and_is_told_why_no_others(busy: Any, sit: Sit) -> None:
    own = await busy.call("bo", "GET", f"/reports/me?{days(7)}")
    async with sit(busy, "bo") as seat:
        await seat.press("f3")
        await seat.sees("Reports are for supervisors; f5 shows your own figures.")
        await seat.press("equals_sign")
        await seat.sees("My own figures", f"{own['total']['tickets_resolved']}")
        assert own["total"]["tickets_resolved"] == 1
        assert seat.app.screen.report.groups == {}
        await seat.press("l", "enter")
        await seat.sees("Only supervisors can list the tickets behind a figure.")
        await seat.press("e")
        await seat.sees("Only supervisors can save reports.")
        await seat.press("w")
        await seat.sees("The wallboard is for supervisors")
        await seat.press("q")
        await seat.sees("3 Open ")


async def test_the_wallboard_shows_large_figures_that_follow_and_attends_nothing(
    busy: Any, sit: Sit
) -> None:
    await busy.call("ana", "PUT", "/me/presence", {"state": "busy"})
    total = await total_of(busy)
    created, backlog = total["tickets_created"], total["backlog"]
    await busy.hire("Wall", Role.SUPERVISOR)
    async with sit(busy, "wall", is_wallboard=True) as seat:
        await seat.sees("Backlog", "Unassigned", "Breached", "Available", "Busy", "Created")
        screen = seat.app.screen
        await seat.until(lambda: _cards(screen).get("Created") == str(created), "created")
        cards = _cards(screen)
        assert (cards["Backlog"], cards["Busy"]) == (str(backlog), "1")
        assert cards["Resolved"] == str(total["tickets_resolved"])
        await busy.file("Another")
        await seat.until(lambda: _cards(screen)["Backlog"] == str(backlog + 1), "the backlog")
        await seat.until(lambda: _cards(screen)["Created"] == str(created + 1), "created")
        assert (await busy.call("wall", "GET", "/me"))["presence"] == "offline"
        before = seat.app.services.session
        await before._client.call(endpoints.END_SESSION)
        await seat.until(lambda: seat.app.services.session not in {before, None}, "another session")
        await seat.until(lambda: seat.app.screen is screen and "LIVE" in seat.text, "the wall")
        await seat.press("q")
        await seat.until(lambda: not seat.app.is_running or seat.app._exit, "the end")


def _cards(screen: Any) -> dict[str, str]:
    return {tile._card.name: tile._card.large for tile in screen.tiles if tile._card}


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_bytes().decode() for path in folder.glob("*.csv")}
