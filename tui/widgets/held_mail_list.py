"""The list of held mails, one a line, on the same widget as the list of tickets."""

from collections.abc import Sequence

from msgspec import Struct
from textual.strip import Strip

from common.mail_in import HeldMailView, HoldReason
from tui import clock
from tui.text import formatting
from tui.widgets.styled_list import StyledList

_REASON_WIDTH = 18
_SENDER_WIDTH = 24
_TIME_WIDTH = 12

REASONS = {
    HoldReason.OWN_MAIL: "our own mail",
    HoldReason.AUTOMATIC: "by a program",
    HoldReason.BULK: "to many people",
    HoldReason.BOUNCE: "stray bounce",
    HoldReason.SPAM: "answers spam",
    HoldReason.UNVERIFIED_AGENT: "unproved agent",
    HoldReason.TOO_MANY: "too many mails",
    HoldReason.NO_SENDER: "no sender",
    HoldReason.INACTIVE_SENDER: "sender inactive",
    HoldReason.REFUSED: "ticket refuses it",
    HoldReason.FAILED: "failed: see log",
}
"""The reasons in few cells."""


class HeldMailRow(Struct, frozen=True):
    """A held mail as a row."""

    mail: HeldMailView

    @property
    def number(self) -> int:
        """The number by which the cursor stays on a row."""
        return self.mail.id


class HeldMailList(StyledList[HeldMailRow]):
    """Held mails, the oldest first."""

    STYLE_PREFIX = "held-mail-list"
    STYLE_NAMES = frozenset({"cursor", "mark", "reason", "plain", "dim"})

    def __init__(self) -> None:
        super().__init__({})
        self._empty = "   Loading …"

    def show_mails(self, mails: Sequence[HeldMailView]) -> None:
        """Shows these; the cursor stays with its mail."""
        self._empty = "   No mail waits."
        rows = [HeldMailRow(mail) for mail in mails]
        self.update_items(rows, [row.number for row in rows], hold=False)
        self.refresh()

    def draw_line(self, place: int) -> Strip:
        """Draws a mail, or what an empty list says."""
        rows = self.rows.tickets
        if place >= len(rows):
            text = self._empty if place == 1 and not rows else ""
            return self.build_strip([(text, "dim")], selected=False)
        row = rows[place]
        selected = row.number == self.rows.cursor
        parts = _mail_parts(row.mail, self.line_width, selected=selected)
        return self.build_strip(parts, selected=selected)


def _mail_parts(mail: HeldMailView, width: int, *, selected: bool) -> list[tuple[str, str]]:
    when = formatting.format_moment(clock.read_server_time(), mail.received_at).rjust(_TIME_WIDTH)
    sender = mail.sender or "(nobody)"
    about = f"#{mail.number} " if mail.number else ""
    subject = mail.subject or "(no subject)"
    room = max(width - _TIME_WIDTH - _REASON_WIDTH - _SENDER_WIDTH - 7, 8)
    return [
        ("▸" if selected else " ", "mark"),
        (f" {when}  ", "dim"),
        (formatting.fit_text(REASONS[mail.reason], _REASON_WIDTH), "reason"),
        (formatting.fit_text(sender, _SENDER_WIDTH), "plain"),
        (f" {formatting.truncate_text(about + subject, room)}", "plain"),
    ]
