"""Every field that agents edit, over REST: set, shown, told, found, and hidden from customers."""

from typing import Any, cast

import pytest
from msgspec import inspect

from common.filters.filter_fields import FIELD_RULES, FieldKind, find_ticket_field
from common.tickets.editing import TicketEdits
from common.tickets.ticket import AUDIENCES, Audience
from tests.support.desk import Org

FIELDS = cast("inspect.StructType", inspect.type_info(TicketEdits)).fields
KNOWN = {"category": "billing"}
"""Values of fields that take only what the organization has."""
FILTERS = {
    find_ticket_field(field): field
    for field, rule in FIELD_RULES.items()
    if rule.kind in {FieldKind.CHOICE, FieldKind.NAME}
}
"""The filter for a value of a ticket's field."""


def new_value(type_: inspect.Type) -> Any:
    """A value that no new ticket has, as JSON."""
    match type_:
        case inspect.UnionType():
            return new_value(type_.types[0])
        case inspect.Metadata():
            return new_value(type_.type)
        case inspect.VarTupleType():
            return [new_value(type_.item_type)]
        case inspect.EnumType():
            return [it.value for it in type_.cls][-1]
        case inspect.DateTimeType():
            return "2999-01-01T00:00:00Z"
    return {inspect.StrType: "A-17", inspect.IntType: 17, inspect.BoolType: True}[type(type_)]


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
async def test_what_an_agent_sets_is_seen_told_and_found(org: Org, field: inspect.Field) -> None:
    categories = [{"slug": slug, "name": slug} for slug in ("general", "billing")]
    (await org.admin.patch("", {"categories": categories})).expect(200)
    agent, customer = await org.agent(), await org.customer()
    await customer.file()
    name, value = field.name, KNOWN.get(field.name) or new_value(field.type)
    before = await agent.ticket(1)
    edited = await agent.edit(1, **{name: value})
    assert edited[name] == value != before[name]
    told = (await agent.events())[-1]
    assert told["changes"][name] == [before[name], value]
    is_public = AUDIENCES[name] is Audience.PUBLIC
    assert (await customer.ticket(1)).get(name) == (value if is_public else None)
    if name in FILTERS:
        text = f"{FILTERS[name]}:{value[0] if isinstance(value, list) else value}"
        for asked, found in ((text, [1]), (f"-{text}", [])):
            page = (await agent.get("/tickets", filter=asked)).expect(200)
            assert [it["number"] for it in page["items"]] == found
