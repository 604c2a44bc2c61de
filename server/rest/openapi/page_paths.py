"""Customers' pages in the document: for people, so only what links and forms of them are."""

from typing import Final

from server.rest.openapi.schemas import Schema

TAG: Final = "pages"
_TEXT: Final = {"type": "string"}
_HTML: Final = {"text/html": {"schema": _TEXT}}
_FORM: Final = {
    "form_token": _TEXT | {"description": "From the page"},
    "form_id": _TEXT | {"description": "From the page: a form is executed once"},
}
_REFUSALS: Final = {
    "400": "Not a form",
    "403": "The form is not from this page: shown again where it is ours",
    "404": "No link of this server",
    "408": "The form did not come in time",
    "409": "The ticket has changed: the page again, with what was typed",
    "410": "The link has expired or was revoked: the page says what to do",
    "413": "The form is too large",
    "415": "Not form-encoded",
    "422": "A field will not do: the page again, with what was typed",
    "429": "Too many requests",
    "503": "The server cannot answer at the moment",
}
_READING: Final = ("404", "410", "503")


def _describe_page(name: str, summary: str, statuses: tuple[str, ...]) -> Schema:
    return {
        "operationId": f"pages.{name}",
        "tags": [TAG],
        "summary": summary,
        "description": "A page for people (docs/customer-page.md); a token is not read.",
        "security": [],
        "responses": {
            "200": {"description": summary, "content": _HTML},
            **{status: {"description": _REFUSALS[status], "content": _HTML} for status in statuses},
        },
    }


def _describe_form(name: str, summary: str, **fields: Schema) -> Schema:
    described = _describe_page(name, summary, tuple(_REFUSALS))
    described["responses"]["303"] = {
        "description": "Done: `Location` is the page",
        "headers": {"Location": {"$ref": "#/components/headers/Location"}},
    }
    del described["responses"]["200"]
    properties = {**_FORM, **fields}
    schema = {"type": "object", "properties": properties, "required": list(_FORM)}
    content = {"application/x-www-form-urlencoded": {"schema": schema}}
    return described | {"requestBody": {"required": True, "content": content}}


_TOKEN: Final = {"name": "token", "in": "path", "required": True, "schema": _TEXT}
_SCORE: Final = {"type": "integer", "minimum": 1, "maximum": 5}
PAGE_PATHS: Final[dict[str, Schema]] = {
    "/t/{token}": {
        "parameters": [_TOKEN],
        "get": _describe_page("ticket", "A ticket, by a mailed link; nothing is changed", _READING),
    },
    "/t/{token}/reply": {
        "parameters": [_TOKEN],
        "post": _describe_form("reply", "Answer", body=_TEXT),
    },
    "/t/{token}/solved": {
        "parameters": [_TOKEN],
        "post": _describe_form("solved", "Say that it is solved"),
    },
    "/t/{token}/rate": {
        "parameters": [_TOKEN],
        "post": _describe_form("rate", "Rate it", score=_SCORE, comment=_TEXT),
    },
    "/t/{token}/renew": {
        "parameters": [_TOKEN],
        "post": _describe_form("renew", "Have a new link mailed to the same person"),
    },
}
"""Pages of an account, below `/o/{org_id}/`, need a cookie and are not described."""
