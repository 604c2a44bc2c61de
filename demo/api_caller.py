"""The REST client of the simulated people."""

from typing import Any, Final

import aiohttp

_NO_CONTENT: Final = 204
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)

Body = dict[str, Any]


class ApiCaller:
    """A person who has signed in. Errors are ignored, so that the demo continues."""

    def __init__(self, web: aiohttp.ClientSession, root: str, token: str) -> None:
        self._web = web
        self._root = root
        self._headers = {"Authorization": f"Bearer {token}"}

    async def get(self, path: str) -> Any:
        return await self._send_request("GET", path, None)

    async def post(self, path: str, **body: Any) -> Any:
        return await self._send_request("POST", path, body)

    async def patch(self, path: str, **body: Any) -> Any:
        return await self._send_request("PATCH", path, body)

    async def put(self, path: str, **body: Any) -> Any:
        return await self._send_request("PUT", path, body)

    async def _send_request(self, method: str, path: str, body: Body | None) -> Any:
        """Returns the body of the response, or None after an error."""
        url = self._root + path
        try:
            async with self._web.request(
                method, url, headers=self._headers, timeout=_TIMEOUT, json=body
            ) as answer:
                return await answer.json() if answer.ok and answer.status != _NO_CONTENT else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
