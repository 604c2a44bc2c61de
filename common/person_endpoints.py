"""The endpoints of people's addresses, and of merges of customers."""

from typing import Final

from common import accounts, wire
from common.endpoint import Endpoint
from common.people import AGENTS, SUPERVISORS

LIST_ADDRESSES: Final = Endpoint(
    name="addresses.list",
    method="GET",
    path="/users/{id}/addresses",
    roles=AGENTS,
    summary="A person's addresses, the primary one first",
    answer=wire.Page[wire.AddressView],
    revalidates=True,
)
ADD_ADDRESS: Final = Endpoint(
    name="address.add",
    method="POST",
    path="/users/{id}/addresses",
    roles=AGENTS,
    summary="Give a person an address, or make one of theirs the primary",
    body=accounts.AddAddress,
    answer=wire.AddressView,
    success=201,
    retries=True,
)
REMOVE_ADDRESS: Final = Endpoint(
    name="address.remove",
    method="DELETE",
    path="/users/{id}/addresses/{address_id}",
    roles=AGENTS,
    summary="Take a further address from a person",
    success=204,
)
MERGE_USER: Final = Endpoint(
    name="user.merge",
    method="POST",
    path="/users/{id}/merge",
    roles=SUPERVISORS,
    summary="Merge a customer into another one",
    body=accounts.MergeUser,
    answer=wire.UserView,
    retries=True,
)
UNMERGE_USER: Final = Endpoint(
    name="user.unmerge",
    method="POST",
    path="/users/{id}/unmerge",
    roles=SUPERVISORS,
    summary="Undo a merge of customers, within 30 days",
    answer=wire.UserView,
    retries=True,
    body_optional=True,
)
