"""The report of an import: the outcomes of lines, the people created, and the repairs."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from common.people import AGENTS
from server.transfer.line_importer import LineOutcome, LineResult
from server.transfer.people_resolver import CreatedPerson

_MOST_NAMED: Final = 10
"""The maximal number of addresses in a line of the report, and of reasons listed."""
LOST_FILES: Final = "attachments whose files are missing, damaged or too large"
LOST_ORIGINALS: Final = "original mails whose files are missing, damaged or too large"
_ENTRY_POINTER: Final = re.compile(r"/history/\d+/")


class ImportReport:
    """Counts the outcomes of an import, and writes them as sentences."""

    def __init__(self) -> None:
        self.counts: Counter[LineOutcome] = Counter()
        self.bad = 0
        self.entries = 0
        self.renumbered = 0
        self.unnamed = 0
        """Tickets without an external id, which another import would create again."""
        self.refusals: Counter[str] = Counter()
        self.repairs: Counter[str] = Counter()
        self.losses: Counter[str] = Counter()
        self.files = 0
        self.originals = 0
        self._made: dict[str, CreatedPerson] = {}

    def count_line(self, taken: LineResult) -> None:
        """Counts what became of a line."""
        self.counts[taken.outcome] += 1
        self.entries += taken.entries
        self.renumbered += bool(taken.remark) and taken.outcome is LineOutcome.TICKET
        self.unnamed += taken.is_unnamed
        self.repairs.update(taken.repairs)
        self.files += taken.counts.files
        self.originals += taken.counts.originals
        for what, lost in (
            (LOST_FILES, taken.counts.lost_files),
            (LOST_ORIGINALS, taken.counts.lost_originals),
        ):
            if lost:
                self.losses[what] += lost
        # A dry run creates the same person in several transactions.
        self._made |= {made.email: self._made.get(made.email, made) for made in taken.made}

    def count_refusal(self, reason: str) -> None:
        """Counts a bad line by its reason, regardless of the position in the history."""
        self.bad += 1
        self.refusals[_ENTRY_POINTER.sub("/history/*/", reason)] += 1

    def write_sentences(self) -> Iterator[str]:
        """Yields the sentences of the report."""
        yield self._total_sentence()
        yield from self._people_sentences()
        yield from self._library_sentences()
        if self.files:
            yield f"{format_count(self.files, 'attachment')} imported."
        if self.originals:
            yield f"{format_count(self.originals, 'original mail')} imported."
        if self.renumbered:
            yield f"{format_count(self.renumbered, 'ticket')} got a new number, see above."
        if self.unnamed:
            yield (
                f"{format_count(self.unnamed, 'ticket')} without an external_id: "
                "another import of the file would create each of them again."
            )
        yield from self._refusal_sentences()
        for title, what in (("Repaired", self.repairs), ("Not imported", self.losses)):
            if what:
                yield f"{title}: {'; '.join(f'{kind}: {what[kind]}' for kind in sorted(what))}."

    def _refusal_sentences(self) -> Iterator[str]:
        """Yields the most frequent reasons, if there are many bad lines."""
        if self.bad <= _MOST_NAMED:
            return
        for reason, number in self.refusals.most_common(_MOST_NAMED):
            yield f"{format_count(number, 'line')} refused: {reason}."

    def _library_sentences(self) -> Iterator[str]:
        for kind, added, there in (
            ("macro", LineOutcome.MACRO, LineOutcome.KNOWN_MACRO),
            ("view", LineOutcome.VIEW, LineOutcome.KNOWN_VIEW),
        ):
            new, known = self.counts[added], self.counts[there]
            if new or known:
                yield f"{format_count(new, kind)} imported, {known} skipped (already there)."

    def _total_sentence(self) -> str:
        counts = self.counts
        users = counts[LineOutcome.USER] + counts[LineOutcome.KNOWN_USER]
        # Who is listed below a ticket has been made for that ticket.
        listed = sum(made.listed for made in self._made.values())
        updated = (
            f"{counts[LineOutcome.UPDATED]} updated with {_format_entry_count(self.entries)}, "
        )
        return (
            f"{format_count(counts[LineOutcome.TICKET], 'ticket')} imported, "
            f"{updated if counts[LineOutcome.UPDATED] else ''}"
            f"{counts[LineOutcome.SKIPPED]} skipped (already there), "
            f"{format_count(listed, 'listed user')} created, "
            f"{max(users - listed, 0)} already there, "
            f"{format_count(self.bad, 'bad line')}."
        )

    def _people_sentences(self) -> Iterator[str]:
        made = self._made.values()
        agents = [it for it in made if it.role in AGENTS]
        if made:
            customers = format_count(len(made) - len(agents), "customer")
            yield f"People created: {format_count(len(agents), 'agent')}, {customers}."
        unlisted = [it.email for it in agents if not it.listed]
        if unlisted:
            names = _join_addresses(unlisted)
            yield f"Unlisted agents, because they do an agent's work: {names}."
        others = [it for it in made if it.role not in AGENTS and not it.listed]
        writers = [it.email for it in others if not it.is_requester]
        if writers:
            yield (
                "Unlisted customers, because nothing shows that they are agents: "
                f"{_join_addresses(writers)}. "
                "List agents before you import: an import does not change existing people."
            )


def format_count(number: int, unit: str) -> str:
    """Returns "1 ticket", "2 tickets"."""
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _format_entry_count(number: int) -> str:
    return f"{number} new entry" if number == 1 else f"{number} new entries"


def _join_addresses(emails: list[str]) -> str:
    more = len(emails) - _MOST_NAMED
    named = ", ".join(emails[:_MOST_NAMED])
    return f"{named} and {more} more" if more > 0 else named
