"""Somebody's inbox, as a test looks into it."""

from typing import Any

from tests.support.rest import Caller


async def inbox(caller: Caller, **params: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await caller.get("/notifications", **params)).expect(200)
    return page


async def heard(caller: Caller, *, unread: bool = False) -> list[tuple[str, str]]:
    """Returns a caller's notifications and their reasons, newest first."""
    items = await caller.everything("/notifications", **({"unread": "true"} if unread else {}))
    return [(it["kind"], it["reason"]) for it in items]


async def forget(*callers: Caller) -> None:
    """They have read everything so far."""
    for caller in callers:
        seq = (await inbox(caller))["seq"]
        (await caller.post("/notifications/read", {"up_to": seq})).expect(200)


async def news(caller: Caller) -> list[tuple[str, str]]:
    return await heard(caller, unread=True)
