"""A caller of the REST API: somebody with a token, in an organization."""

from typing import Any

import aiohttp
import msgspec
from msgspec import Struct
from multidict import CIMultiDictProxy


class Reply(Struct, frozen=True):
    """The server's answer to a request."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    @property
    def slug(self) -> str:
        """Returns the problem's name; empty for none."""
        if self.headers.get("Content-Type") != "application/problem+json":
            return ""
        return str(self.json["type"]).removeprefix("/problems/")

    @property
    def unsigned(self) -> dict[str, Any]:
        """The problem without what differs between two that are alike."""
        document: dict[str, Any] = self.json
        return {name: value for name, value in document.items() if name != "request_id"}

    def expect(self, status: int, slug: str = "") -> Any:
        """The body as JSON, if the answer is this one."""
        assert (self.status, self.slug) == (status, slug), f"{self.status} {self.body.decode()}"
        return self.json if self.body else None


class Caller:
    """Asks in the name of one token; `token` empty: a stranger."""

    def __init__(
        self, web: aiohttp.ClientSession, http: str, org_id: int, token: str = "", **who: Any
    ) -> None:
        self.web = web
        self.http = http
        self.org_id = org_id
        self.token = token
        self.who = who

    @property
    def id(self) -> int:
        return int(self.who["id"])

    @property
    def name(self) -> str:
        return str(self.who["name"])

    @property
    def email(self) -> str:
        return str(self.who["email"])

    def at(self, http: str) -> "Caller":
        """The same caller at another server."""
        return Caller(self.web, http, self.org_id, self.token, **self.who)

    def having(self, *, token: str | None = None, org_id: int | None = None) -> "Caller":
        """The same with another token, or at another organization's door."""
        token = self.token if token is None else token
        return Caller(self.web, self.http, org_id or self.org_id, token, **self.who)

    async def ask(self, method: str, path: str, body: Any = msgspec.UNSET, **more: Any) -> Reply:
        """A request below the organization, or from the root for a path like `//healthz`."""
        headers = dict(more.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if body is not msgspec.UNSET:
            more["data"] = msgspec.json.encode(body)
            headers.setdefault("Content-Type", "application/json")
        root = f"{self.http}/v1/orgs/{self.org_id}"
        url = self.http + path[1:] if path.startswith("//") else root + path
        async with self.web.request(method, url, headers=headers, **more) as response:
            return Reply(response.status, response.headers, await response.read())

    async def get(self, path: str, **params: Any) -> Reply:
        return await self.ask("GET", path, params=params)

    async def post(self, path: str, body: Any = msgspec.UNSET, **headers: str) -> Reply:
        return await self.ask("POST", path, body, headers=dashed(headers))

    async def patch(self, path: str, body: Any, **headers: str) -> Reply:
        return await self.ask("PATCH", path, body, headers=dashed(headers))

    async def put(self, path: str, body: Any) -> Reply:
        return await self.ask("PUT", path, body)

    async def delete(self, path: str) -> Reply:
        return await self.ask("DELETE", path)

    # -- what most tests begin with

    async def file(self, subject: str = "It broke", **fields: Any) -> dict[str, Any]:
        """A ticket of one's own (a customer), or of `customer_email`."""
        body = {"subject": subject, "description": "Please help.", **fields}
        ticket: dict[str, Any] = (await self.post("/tickets", body)).expect(201)
        return ticket

    async def ticket(self, number: int) -> dict[str, Any]:
        ticket: dict[str, Any] = (await self.get(f"/tickets/{number}")).expect(200)
        return ticket

    async def write(self, number: int, body: str = "Hello.", **fields: Any) -> dict[str, Any]:
        """A message."""
        reply = await self.post(f"/tickets/{number}/messages", {"body": body, **fields})
        message: dict[str, Any] = reply.expect(201)
        return message

    async def edit(self, number: int, **fields: Any) -> dict[str, Any]:
        ticket: dict[str, Any] = (await self.patch(f"/tickets/{number}", fields)).expect(200)
        return ticket

    async def claim(self, number: int) -> dict[str, Any]:
        ticket: dict[str, Any] = (await self.post(f"/tickets/{number}/claim")).expect(200)
        return ticket

    async def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The whole log after a seq."""
        found: list[dict[str, Any]] = []
        while True:
            page = (await self.get("/events", after=after, limit=1000)).expect(200)
            found += page["items"]
            if not page["items"]:
                return found
            after = page["items"][-1]["seq"]

    async def everything(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        while True:
            page = (await self.ask("GET", path, params=params)).expect(200)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            params["cursor"] = page["next_cursor"]


def dashed(headers: dict[str, str]) -> dict[str, str]:
    """Header names as they are sent: Idempotency_Key is Idempotency-Key."""
    return {name.replace("_", "-"): text for name, text in headers.items()}
