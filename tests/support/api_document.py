"""The server's OpenAPI document as its readers get it, built once for all tests of a process."""

from typing import Any, Final

import msgspec

from server.rest.openapi.openapi_document import build_document

DOCUMENT: Final[dict[str, Any]] = msgspec.json.decode(
    msgspec.json.encode(build_document("1.2.3", ["http://desk"]))
)
