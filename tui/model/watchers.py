"""The colleagues who look at a ticket or write to it, until they leave or fall silent. Pure."""

from datetime import datetime, timedelta

from msgspec import Struct

from common.watching import WATCH_SECONDS, WatchView

_SILENCE = timedelta(seconds=WATCH_SECONDS)


class _Watcher(Struct, frozen=True):
    name: str
    typing: bool
    until: datetime


class TicketWatchers:
    """Knows who is at which ticket, as their last signals say."""

    def __init__(self) -> None:
        self._by_ticket: dict[int, dict[int, _Watcher]] = {}

    def note(self, watch: WatchView, now: datetime) -> None:
        """Takes a signal; it counts for half a minute from now."""
        people = self._by_ticket.setdefault(watch.number, {})
        if watch.left:
            people.pop(watch.user.id, None)
        else:
            people[watch.user.id] = _Watcher(watch.user.name, watch.typing, now + _SILENCE)

    def describe(self, number: int, me: int, now: datetime) -> str:
        """Returns who else is at a ticket, those who write first; empty: nobody."""
        people = self._by_ticket.get(number, {})
        present = [it for id_, it in people.items() if id_ != me and it.until > now]
        writing = sorted(it.name for it in present if it.typing)
        looking = sorted(it.name for it in present if not it.typing)
        parts = [_describe_group(writing, "writing"), _describe_group(looking, "looking")]
        return " · ".join(part for part in parts if part)


def _describe_group(names: list[str], doing: str) -> str:
    verb = "is" if len(names) == 1 else "are"
    return f"{', '.join(names)} {verb} {doing}" if names else ""
