"""The base of agents' commands with an endpoint of their own, and what is said about each."""

from typing import ClassVar

from msgspec import Struct


class AgentCommand(Struct, frozen=True, forbid_unknown_fields=True):
    """A command of agents to one ticket: its fields are the body of the request.

    `verb` ends its path, `POST /tickets/{number}/<verb>`. The documentation shows `summary`, and
    `example`: a body as JSON, where one is needed. `success` is the status of the response.
    """

    verb: ClassVar[str]
    summary: ClassVar[str]
    example: ClassVar[str] = ""
    success: ClassVar[int] = 200
