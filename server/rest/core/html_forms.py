"""Forms that browsers send: their fields, and whether they came from a page of ours."""

from collections.abc import Collection
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from common.errors import Malformed, RequestRefused, WrongMediaType
from server.rest.core.request_body import check_charset, read_body

_FORM_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 20
_OWN_SITES: Final = frozenset({"same-origin", "none"})
"""`none` is a form that the user sent again by hand (https://www.w3.org/TR/fetch-metadata/)."""
_HIDDEN_ORIGIN: Final = "null"
"""Browsers send this for every form of a page with `Referrer-Policy: no-referrer`."""


class ForeignForm(RequestRefused):
    slug, title, status = "foreign-form", "This form came from another website", 403
    occasion = (
        "The browser says that another site's page has sent a form of ours; a page, not a document."
    )


async def read_html_form(request: web.Request) -> dict[str, str]:
    """Returns the form's fields. Raises WrongMediaType, TooLarge, RequestTimeout or Malformed."""
    if request.content_type != _FORM_MEDIA_TYPE:
        raise WrongMediaType(f"Send the form as {_FORM_MEDIA_TYPE}.")
    check_charset(request)
    try:
        text = (await read_body(request)).decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise Malformed("The form could not be read. Please open the link again.") from error
    return dict(pairs)


def check_form_origin(request: web.Request, own_hosts: Collection[str]) -> None:
    """Raises ForeignForm where the browser says that another site's page has sent the form.

    `Sec-Fetch-Site` says so on secure connections. `Origin` names the page, but is hidden by our
    own referrer policy; a form without either is left to its token.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site.lower() not in _OWN_SITES:
            raise ForeignForm("Open the page again, and send the form from there.")
        return
    origin = request.headers.get("Origin", _HIDDEN_ORIGIN)
    if origin != _HIDDEN_ORIGIN and _host_of(origin) not in {request.host.lower(), *own_hosts}:
        raise ForeignForm("Open the page again, and send the form from there.")


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
