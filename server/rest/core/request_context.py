"""The context of a request: its endpoint, the caller, and the parts of the request."""

import hashlib
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct
from yarl import URL

from common.endpoint import Endpoint
from common.errors import Forbidden, Invalid, NotFound, WrongMediaType
from common.people import Actor
from common.queries import NoQuery
from server.rest.core import entity_tags
from server.rest.core.client_address import find_client_address
from server.rest.core.entity_tags import EntityTags
from server.rest.core.request_body import check_charset, read_body, read_large_body
from server.rest.core.response import ApiResponse
from server.storage.queries.organization.idempotency import IdempotencyClaim, build_caller_key
from server.storage.queries.person.sessions import Login
from server.validation import decoding

T = TypeVar("T", bound=Struct)
_MAX_PATH_NUMBER: Final = 2**53
_MAX_DIGITS: Final = 20
_MAX_KEY_LENGTH: Final = 255


class EmptyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A body without fields."""


@lru_cache(maxsize=4096)
def _decode_query_text(type_: type[T], text: str) -> T:
    """Returns the query for its raw text; cached, because callers repeat the same few."""
    return decoding.decode_query(type_, URL.build(query_string=text, encoded=True).query)


class RequestContext:
    """One request to one endpoint."""

    def __init__(
        self, endpoint: Endpoint, request: web.Request, request_id: str, login: Login | None
    ) -> None:
        self.endpoint = endpoint
        self.request = request
        self.request_id = request_id
        self._login = login

    @property
    def login(self) -> Login:
        """The caller's login. Raises Forbidden on a route that is open to anyone."""
        if self._login is None:
            raise Forbidden("Sign in first.")
        return self._login

    @property
    def actor(self) -> Actor:
        return self.login.actor

    @property
    def org_id(self) -> int:
        """The organization in the path. Raises NotFound where it is not a number."""
        return self.path_number("org_id")

    @property
    def address(self) -> str:
        """The caller's network address as limits count it."""
        return find_client_address(self.request)

    def path_number(self, name: str) -> int:
        """Returns a number in the path. Raises NotFound for a text that cannot be one."""
        text = self.request.match_info[name]
        if not (text.isascii() and text.isdigit()) or len(text) > _MAX_DIGITS:
            raise NotFound
        number = int(text)
        if not 0 < number <= _MAX_PATH_NUMBER:
            raise NotFound
        return number

    async def parse_body(self, type_: type[T]) -> T:
        """Returns the body.

        Raises WrongMediaType, TooLarge, RequestTimeout, Malformed or Invalid.
        """
        if self.request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise WrongMediaType("Send the body as it is, without a Content-Encoding.")
        raw = await read_body(self.request)
        if not raw and self.endpoint.body_optional:
            return type_()
        if self.request.content_type != "application/json":
            raise WrongMediaType("Send the body as application/json.")
        check_charset(self.request)
        return decoding.decode_body(type_, raw, optional=self.endpoint.body_optional)

    async def read_raw_body(self, limit: int) -> bytes:
        """Returns a body that is taken as it is, of up to `limit` bytes.

        Raises WrongMediaType, TooLarge, RequestTimeout or Malformed.
        """
        if self.request.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise WrongMediaType("Send the body as it is, without a Content-Encoding.")
        if self.request.content_type != self.endpoint.raw_body:
            raise WrongMediaType(f"Send the body as {self.endpoint.raw_body}.")
        return await read_large_body(self.request, limit)

    async def require_empty_body(self) -> None:
        """Accepts no body, or an empty object. Raises as `parse_body` does."""
        await self.parse_body(EmptyBody)

    def parse_query(self, type_: type[T]) -> T:
        """Returns the query. Raises Invalid with every bad parameter at once."""
        query: T = _decode_query_text(type_, self.request.rel_url.raw_query_string)
        return query

    def reject_query(self) -> None:
        """Raises Invalid for a parameter on a route that has none."""
        if self.request.query_string and self.endpoint.query is NoQuery:
            self.parse_query(NoQuery)

    @property
    def if_match(self) -> frozenset[int] | None:
        """The versions in `If-Match`; None where any version will do."""
        tags = self._parse_tags_header("If-Match")
        return None if tags is None or tags.is_any else tags.versions

    def apply_if_none_match(self, reply: ApiResponse) -> ApiResponse:
        """Returns 304 instead of an answer that the caller has, by its `If-None-Match`."""
        tags = self._parse_tags_header("If-None-Match") if reply.can_revalidate else None
        if tags is None or self.endpoint.method != "GET":
            return reply
        tag = reply.headers["ETag"].removeprefix("W/").strip('"')
        if not (tags.is_any or tag in tags.texts):
            return reply
        return ApiResponse(304, headers={"ETag": reply.headers["ETag"]})

    def _parse_tags_header(self, name: str) -> EntityTags | None:
        lines = self.request.headers.getall(name, None)
        return None if lines is None else entity_tags.parse_entity_tags(lines)

    def read_idempotency_claim(self, body: Any) -> IdempotencyClaim | None:
        """Returns the `Idempotency-Key` with the request that it belongs to; None without one.

        Raises Invalid for a key that is too long, or not printable ASCII.
        """
        if not self.endpoint.retries:
            return None
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        if not 1 <= len(key) <= _MAX_KEY_LENGTH or not (key.isascii() and key.isprintable()):
            raise Invalid.for_parameter(
                "Idempotency-Key", "must have 1 to 255 printable ASCII characters"
            )
        path = self.request.path.rstrip("/")
        return IdempotencyClaim(
            self.actor.org_id,
            build_caller_key(self.actor),
            f"{self.endpoint.method} {path}",
            key,
            hashlib.sha256(msgspec.json.encode(body)).hexdigest(),
        )
