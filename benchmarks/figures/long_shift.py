"""A terminal on 10,000 open tickets through a day: idle, one changed row, many tickets opened."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import proc, seeding
from benchmarks.desk_process import Desk, desk
from benchmarks.figures.workstation import AGENT, LIVE, make_subject
from benchmarks.result import Result
from benchmarks.terminal import Screen, workstation

TICKETS, MESSAGES = 10_000, 3
EDITS, OPENED, WARM = 20, 600, 50
IDLE_SECONDS: Final = 20
IDLE_PERCENT, ROW_BYTES, GROWTH_MB = 0.5, 500, 15
QUIET_S: Final = 0.3
_HEADS: Final = "SUBJECT"


def idle(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(TICKETS)) as ours:
        # No clock counts, as those cost while they tick; and nothing is assigned meanwhile.
        ours.admin().patch("", {"sla_policies": [], "assignment": {"mode": "manual"}})
        ours.people("agent", 1)
        with workstation(ours.http, AGENT, folder) as screen:
            screen.wait_for(LIVE)
            screen.watch(3)
            before, painted = proc.read_cpu_seconds(screen.pid), screen.byte_count
            screen.watch(IDLE_SECONDS)
            share = proc.share_of_core(screen.pid, before, IDLE_SECONDS)
            yield Result(
                figure=f"idle terminal on {TICKETS:,} open tickets: of a core",
                ours=f"{screen.byte_count - painted} bytes in {IDLE_SECONDS} s",
                value=share,
                limit=IDLE_PERCENT,
                unit="%",
            )
            counts = list(_edits(ours, screen))
    yield Result(
        figure="the same: bytes to the terminal for a changed row",
        ours=f"median {median(counts):.0f}",
        value=max(counts),
        limit=ROW_BYTES,
    )


def _edits(ours: Desk, screen: Screen) -> Iterator[int]:
    """A colleague changes tickets on the screen; what is sent until nothing more comes."""
    admin = ours.admin()
    for index in range(EDITS):
        screen.read_until_quiet(QUIET_S)
        before, subject = screen.byte_count, make_subject(index)
        admin.patch(f"/tickets/{3 + index % 10}", {"subject": subject})
        screen.wait_for(subject)
        screen.read_until_quiet(QUIET_S)
        yield screen.byte_count - before


def opened_tickets(folder: Path) -> Iterator[Result]:
    with desk(folder / "desk.db", seeding.open_tickets(TICKETS, MESSAGES)) as ours:
        ours.people("agent", 1)
        with workstation(ours.http, AGENT, folder) as screen:
            screen.wait_for(LIVE)
            _open(screen, WARM)
            before = proc.read_memory(screen.pid)
            _open(screen, OPENED)
            after = proc.read_memory(screen.pid)
    yield Result(
        figure=f"growth over {OPENED} tickets opened, of {TICKETS:,}",
        ours=f"{before / 1e6:.0f} to {after / 1e6:.0f} MB",
        value=(after - before) / 1_000_000,
        limit=GROWTH_MB,
        unit="MB",
    )


def _open(screen: Screen, count: int) -> None:
    """Opens one ticket after the other, each until its newest message is painted."""
    for _ in range(count):
        screen.press("\r")
        screen.wait_for(f"{MESSAGES - 1}: ")
        screen.press("q")
        screen.wait_for(_HEADS)
        screen.press("j")
        screen.wait_for("▸")
