"""Finds the colleague whom a name, an address or `me` means."""

from typing import Any

import click
import msgspec
from msgspec.structs import replace

from common import endpoints, queries
from common.people import AGENTS
from common.wire import MeView, Page, UserView
from tui.cli.rest_caller import ApiRequest, RestCaller
from tui.network.query_parameters import build_query_pairs

ME = "me"


def resolve_people(caller: RestCaller, request: ApiRequest, names: frozenset[str]) -> ApiRequest:
    """Returns the request with ids instead of names. Raises click.UsageError."""
    if not names or request.body is None:
        return request
    values: dict[str, Any] = msgspec.json.decode(request.body)
    for name in names & values.keys():
        if values[name] is not None:
            values[name] = find_person_id(caller, str(values[name]))
    return replace(request, body=msgspec.json.encode(values))


def find_person_id(caller: RestCaller, text: str) -> int:
    """Returns the id of an agent. Raises click.UsageError."""
    if text.isascii() and text.isdecimal():
        return int(text)
    if text == ME:
        raw = caller.fetch(ApiRequest(endpoint=endpoints.READ_ME))
        return msgspec.json.decode(raw, type=MeView).id
    return _choose_person(text, _search_agents(caller, text))


def _search_agents(caller: RestCaller, text: str) -> list[UserView]:
    query = queries.UserQuery(role=sorted(AGENTS), q=text)
    request = ApiRequest(endpoint=endpoints.LIST_USERS, query=build_query_pairs(query))
    page = msgspec.json.decode(caller.fetch(request), type=Page[UserView])
    return page.items


def _choose_person(text: str, found: list[UserView]) -> int:
    wanted = text.lower()
    exact = [it for it in found if wanted in {it.name.lower(), str(it.email or "").lower()}]
    chosen = exact or found
    if len(chosen) == 1:
        return chosen[0].id
    if not chosen:
        raise click.UsageError(f"no agent is called {text}.")
    names = ", ".join(f"{it.name} ({it.id})" for it in chosen[:5])
    raise click.UsageError(f"{text} is not one person: {names}. Give the id.")
