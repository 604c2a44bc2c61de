"""Times at which organizations' queues are routed again: reads those due, plans all of them."""

import peewee as pw

from server.storage.engine.statement import Statement, param
from server.storage.engine.transaction import ReadTransaction, WriteTransaction
from server.storage.tables.desk_tables import OrganizationModel, TicketModel

_TO_ROUTE = Statement(
    OrganizationModel.select(OrganizationModel.org_id)
    .where(OrganizationModel.route_at <= param("now"))
    .limit(100)
)
_ROUTE_ALL = Statement(
    OrganizationModel.update({OrganizationModel.route_at: param("now")}).where(
        OrganizationModel.route_at.is_null()
        & pw.fn.EXISTS(
            TicketModel.select(TicketModel.number).where(
                (TicketModel.org_id == OrganizationModel.org_id)
                & TicketModel.waits_for.is_null(False)
            )
        )
    )
)


def list_organizations_to_route(reading: ReadTransaction, now: int) -> list[int]:
    """Returns the organizations whose queue is to be routed by now."""
    return [row[0] for row in reading.fetch_rows(_TO_ROUTE, now=now)]


def request_routing_everywhere(writing: WriteTransaction, now: int) -> None:
    """Plans the routing of every organization in which tickets wait."""
    writing.write(_ROUTE_ALL, now=now)
