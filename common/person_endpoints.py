"""The endpoints of people's addresses, for agents."""

from typing import Final

from common import accounts, wire
from common.endpoint import Endpoint
from common.people import AGENTS

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
