"""The table of docs/api.md that says what a ticket has: every field of `TicketView`."""

import ast
from itertools import pairwise
from typing import Final

from common.tickets.editing import TicketEdits
from common.tickets.ticket import AUDIENCES, Audience
from common.wire import TicketView
from tests.support.markdown import draw_markdown_table
from tests.support.source_tree import HOUSE, tree_of

_SHOWN_AS: Final = {"customer": "customer_id", "assignee": "assignee_id"}
"""Fields that show more than the one of `Ticket` that they are made of."""


def describe_ticket_fields() -> str:
    """A row for each field: who sees it, whether a PATCH takes it, and its docstring.

    Raises LookupError for a field without one.
    """
    texts = _read_docstrings("common/tickets/ticket.py", "Ticket")
    texts |= _read_docstrings("common/wire.py", "TicketView")
    rows = [
        (
            f"`{name}`",
            "agents" if _find_audience(name) is Audience.STAFF else "all",
            "yes" if name in TicketEdits.__struct_fields__ else "",
            texts[name],
        )
        for name in TicketView.__struct_fields__
    ]
    return draw_markdown_table(("field", "seen by", "can be edited", "meaning"), rows)


def _find_audience(name: str) -> Audience:
    return AUDIENCES.get(_SHOWN_AS.get(name, name), Audience.PUBLIC)


def _read_docstrings(path: str, class_name: str) -> dict[str, str]:
    """Returns the texts below the fields of a class, each as one line."""
    classes = (it for it in tree_of(HOUSE / path).body if isinstance(it, ast.ClassDef))
    body = next(it for it in classes if it.name == class_name).body
    return {
        field.target.id: " ".join(text.value.value.split())
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }
