"""Explains errors in sentences for the toast line."""

from collections.abc import Mapping
from typing import Any

from common.errors import Invalid, StaleVersion
from common.tickets.claiming import AlreadyClaimed
from tui.network.api_errors import ApiProblem, Unreachable


def explain_error(error: ApiProblem | Unreachable, about: str = "") -> str:
    """Returns a sentence for the toast line; `about` is a prefix that names the ticket."""
    if isinstance(error, Unreachable):
        return f"No answer from the server: {str(error).rstrip('.')}."
    return f"{about}{_problem_reason(error)}"


def _problem_reason(problem: ApiProblem) -> str:
    if problem.slug == AlreadyClaimed.slug:
        return f"{_assignee_name(problem.extras.get('assignee'))} has it already."
    if problem.slug == Invalid.slug:
        return "; ".join(_describe_field_error(error) for error in problem.extras.get("errors", []))
    if problem.slug == StaleVersion.slug:
        return "It has changed since then. Check it, then try again."
    return problem.detail or problem.title


def _assignee_name(assignee: Any) -> str:
    name = assignee.get("name") if isinstance(assignee, Mapping) else None
    return str(name or "Somebody")


def _describe_field_error(error: Any) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    where = str(error.get("pointer") or error.get("parameter") or "").lstrip("/")
    return f"{where} {error.get('detail', '')}".strip()
