"""An organization whose people a test calls by their first names."""

from typing import Any

import msgspec

from common.people import Role
from tests.support.desk import Org, Tenants
from tests.support.rest import Caller


class SupportTeam:
    """An organization at work: `people` are its callers by first name, `admin` among them."""

    def __init__(self, org: Org) -> None:
        self.org = org
        self.people: dict[str, Caller] = {"admin": org.admin}

    @classmethod
    async def assemble(cls, tenants: Tenants, *agents: str, **settings: Any) -> "SupportTeam":
        """Founds an organization with these agents."""
        team = cls(await tenants.found(**settings))
        for name in agents:
            await team.hire(name)
        return team

    @property
    def http(self) -> str:
        return self.org.desk.http

    async def hire(self, name: str, role: Role = Role.AGENT) -> int:
        """Returns the id of a new colleague, who has signed in."""
        first = name.split(maxsplit=1)[0].lower()
        self.people[first] = await self.org.join(role, name, email=f"{first}@example.test")
        return self.people[first].id

    async def call(self, who: str, method: str, path: str, body: Any = msgspec.UNSET) -> Any:
        """Returns the body of an answer to a person's request."""
        reply = await self.people[who].ask(method, path, body)
        assert reply.status < 400, reply.body
        return reply.json if reply.body else None

    async def file(self, subject: str, **fields: Any) -> int:
        body = {"description": "It does not work.", "customer_email": "dora@example.com", **fields}
        return int((await self.org.admin.file(subject, **body))["number"])

    async def say(self, who: str, number: int, body: str, **fields: Any) -> Any:
        return await self.people[who].write(number, body, **fields)

    async def ticket(self, number: int) -> Any:
        return await self.org.admin.ticket(number)

    async def messages(self, number: int) -> list[Any]:
        return await self.org.admin.everything(f"/tickets/{number}/messages")
