"""The type of an endpoint, from which server, client and documentation derive a route."""

from typing import Any, Final

from msgspec import Struct

from common import queries
from common.people import AGENTS, CUSTOMERS, Role, Scope

ORG_ROOT: Final = "/v1/orgs/{org_id}"
PEOPLE: Final = CUSTOMERS | AGENTS

MULTIPART: Final = "multipart/form-data"
"""The type of a form that may have files (RFC 7578)."""
ANYONE: Final[frozenset[Role]] = frozenset()


class Endpoint(Struct, frozen=True, kw_only=True):
    """One route below `/v1/orgs/{org_id}`.

    `roles` empty: open to anyone. `scope`: the scope that API keys need; None: not for keys.
    `retries`: whether an `Idempotency-Key` is honoured. `media`: the type of a successful response.
    `revalidates`: whether `If-None-Match` can lead to a 304. `body_media`: the types that the body
    may have; a form may have files. `accepts`: the description of a 202, where there can be one.
    `raw_body`: the type of a body that is taken as it is. `example`: a body to show, as JSON;
    those of other endpoints are in `server/rest/openapi/examples.py`.
    """

    name: str
    method: str
    path: str
    summary: str
    roles: frozenset[Role]
    scope: Scope | None = None
    body: Any = None
    raw_body: str | None = None
    example: str = ""
    query: type = queries.NoQuery
    answer: Any = None
    success: int = 200
    retries: bool = False
    body_optional: bool = False
    revalidates: bool = False
    media: str = "application/json"
    body_media: tuple[str, ...] = ("application/json",)
    accepts: str = ""

    @property
    def url(self) -> str:
        """The path from the server's root, with its parameters in braces."""
        return ORG_ROOT + self.path

    @property
    def is_open(self) -> bool:
        return not self.roles


TICKETS_READ: Final = Scope.TICKETS_READ
TICKETS_WRITE: Final = Scope.TICKETS_WRITE
