"""The processor time of a workstation for what an agent does, in turn with another checkout.

`DESKWIRE_BEFORE` names the root of the other checkout. Both workstations sit at the same desk.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import child, proc, seeding
from benchmarks.desk_process import desk
from benchmarks.figures.workstation import AGENT, FIRST_ROW, FIRST_WORDS, LIVE
from benchmarks.result import Result
from benchmarks.terminal import Screen, workstation

TICKETS, MESSAGES = 500, 3
ROUNDS, REPEATS = 3, 3
QUIET_S: Final = 0.25
"""The next key is pressed when the terminal has been silent for so many seconds."""
END_S: Final = 0.8
"""A step is over when it has been silent for so long: an answer may come, and a preview."""
STEPS: Final = {
    "start to first paint": (),
    "start to live": (),
    "claim a ticket": ("c",),
    "move to the next ticket": ("j",),
    "open a ticket and leave it": ("\r", "q"),
    "begin a reply and leave it": ("\r", "r", "\x1b", "q"),
    "open and close the palette": (":", "\x1b"),
    "open and close the help": ("?", "\x1b"),
    "open and close the filter": ("/", "\x1b"),
    "change to another tab and back": ("2", "3"),
}
"""The keys of each thing that an agent does."""


def measure(folder: Path) -> Iterator[Result]:
    if child.BEFORE is None:
        raise RuntimeError("DESKWIRE_BEFORE has to name the root of another checkout")
    roots = child.ROOT, Path(child.BEFORE)
    with desk(folder / "desk.db", seeding.open_tickets(TICKETS, MESSAGES)) as ours:
        ours.people("agent", 1)
        for side, root in enumerate(roots):
            with workstation(ours.http, AGENT, folder / f"first-{side}", root) as screen:
                screen.wait_for(LIVE)  # writes the bytecode
        played = [
            [
                _play_round(ours.http, folder / f"{index}-{side}", root)
                for side, root in enumerate(roots)
            ]
            for index in range(ROUNDS)
        ]
    for step in STEPS:
        mine, theirs = (median(sides[side][step] for sides in played) for side in range(2))
        yield Result(
            figure=f"{step}: processor time, to the checkout before",
            ours=f"{mine * 1000:.0f} ms",
            peer=f"{theirs * 1000:.0f} ms",
            value=median(one[step] / other[step] for one, other in played),
            limit=1,
            unit="x",
        )


def _play_round(server: str, home: Path, root: Path) -> dict[str, float]:
    """Returns the processor seconds of each step, on a workstation that is started for it."""
    with workstation(server, AGENT, home, root) as screen:
        screen.wait_for(FIRST_WORDS)
        paint = proc.read_cpu_seconds(screen.pid)
        screen.wait_for(FIRST_ROW)
        screen.wait_for(LIVE)
        live = proc.read_cpu_seconds(screen.pid)
        screen.watch(2)
        took = {step: _play_step(screen, keys) for step, keys in STEPS.items() if keys}
    return {"start to first paint": paint, "start to live": live, **took}


def _play_step(screen: Screen, keys: tuple[str, ...]) -> float:
    """Returns the processor seconds of a step, with all that it sets off."""
    before = proc.read_cpu_seconds(screen.pid)
    for key in keys * REPEATS:
        screen.press(key)
        screen.read_until_quiet(QUIET_S)
    screen.read_until_quiet(END_S)
    return (proc.read_cpu_seconds(screen.pid) - before) / REPEATS
