"""A small caller of the REST API, for setting the scene: what is measured goes through load.py."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

Body = dict[str, Any]


class Rest:
    """One organization's API as one person; `token` is filled in by `sign_in`."""

    def __init__(self, http_url: str, org_id: int, token: str = "") -> None:
        address = urlsplit(http_url)
        self.host = address.hostname or ""
        self.port = address.port or 0
        self.root = f"/v1/orgs/{org_id}"
        self.token = token
        self._connection = http.client.HTTPConnection(self.host, self.port, timeout=30)

    def sign_in(self, email: str, password: str) -> "Rest":
        session = self.post("/sessions", {"email": email, "password": password})
        self.token = session["token"]
        return self

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> Any:
        return json.loads(self.raw("GET", path))

    def post(self, path: str, body: Body) -> Any:
        return json.loads(self.raw("POST", path, body))

    def patch(self, path: str, body: Body) -> Any:
        return json.loads(self.raw("PATCH", path, body))

    def raw(self, method: str, path: str, body: Body | None = None) -> bytes:
        """The body of a 2xx answer; anything else ends the benchmark."""
        return self.send(method, self.root + path, _encoded(body))

    def send(self, method: str, url: str, content: bytes) -> bytes:
        """The same for a whole path and an encoded body."""
        self._connection.request(method, url, content, self._headers(content))
        answer = self._connection.getresponse()
        told = answer.read()
        if not 200 <= answer.status < 300:
            raise RuntimeError(f"{method} {url}: {answer.status} {told[:500]!r}")
        return told

    def request(self, method: str, path: str, body: Body | None = None) -> bytes:
        """The same as bytes for the load generator, to be sent again and again."""
        content = _encoded(body)
        fields = {"Host": f"{self.host}:{self.port}", **self._headers(content)}
        if content:
            fields["Content-Length"] = str(len(content))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{method} {self.root}{path} HTTP/1.1\r\n{head}\r\n".encode() + content

    def _headers(self, content: bytes) -> dict[str, str]:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return signed | ({"Content-Type": "application/json"} if content else {})


def _encoded(body: Body | None) -> bytes:
    return b"" if body is None else json.dumps(body).encode()
