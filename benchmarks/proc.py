"""Reads a process in `/proc` of Linux: its memory and its CPU time."""

from pathlib import Path


def read_memory(pid: int, name: str = "VmRSS", file: str = "status") -> int:
    """Returns a value of `/proc/PID/status` in bytes: what is resident, or was at most (VmHWM).

    `smaps_rollup` has `Pss`: shared pages are divided among those who share them.
    """
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"Linux tells no {name}")


def forget_peak(pid: int) -> None:
    """Has the peak counted anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def read_cpu_seconds(pid: int) -> float:
    """Returns the CPU time of all its threads, in user mode and in the kernel."""
    nanoseconds = [
        int((task / "schedstat").read_text().split()[0])
        for task in Path(f"/proc/{pid}/task").iterdir()
    ]
    return sum(nanoseconds) / 1e9


def share_of_core(pid: int, before: float, seconds: float) -> float:
    """Returns the share of one core since `before`, an earlier reading, in percent."""
    return (read_cpu_seconds(pid) - before) / seconds * 100
