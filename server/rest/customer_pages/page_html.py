"""Renders customers' pages: templates, texts of a language, and the headers of each response."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Struct

from common.organization import OrganizationSettings
from server.domain.languages.catalogue import Catalogue
from server.rendering.template_files import load_templates
from server.rendering.text_catalogues import load_catalogues
from server.rest.core.html_headers import make_html_headers

_PACKAGE: Final = "server.rest.customer_pages"
_TEMPLATES: Final = load_templates(_PACKAGE)
CATALOGUES: Final = load_catalogues(_PACKAGE)
"""The texts of the pages in every language."""
CSS: Final = files(_PACKAGE).joinpath("templates", "page.css").read_text("utf-8")
"""The style sheet, which is part of each page: nothing is loaded."""
_CSS_HASH: Final = base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()
HEADERS: Final = make_html_headers(
    f"default-src 'none'; style-src 'sha256-{_CSS_HASH}'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    Cache_Control="no-store",
    X_Robots_Tag="noindex",
)
"""The headers of every page."""
_SEE_OTHER: Final = 303


class PageTime(Struct, frozen=True):
    """A time for programs (RFC 3339) and for people."""

    machine: str
    words: str


def choose_texts(settings: OrganizationSettings) -> Catalogue:
    """Returns the texts in the organization's language."""
    return CATALOGUES.choose_catalogue(settings.language)


def choose_requested_texts(request: web.Request) -> Catalogue:
    """Returns the texts in the browser's first language that there is (RFC 9110, 12.5.4)."""
    given = request.headers.get("Accept-Language", "")[:200].split(",")
    return CATALOGUES.choose_catalogue(*(it.partition(";")[0].strip() for it in given))


@lru_cache(maxsize=4096)
def format_page_time(texts: Catalogue, at: datetime, zone: ZoneInfo) -> PageTime:
    """Returns a time of a page in the organization's time zone."""
    return PageTime(f"{at:%Y-%m-%dT%H:%M:%SZ}", describe_time(texts, at, zone))


def describe_time(texts: Catalogue, at: datetime, zone: ZoneInfo) -> str:
    """Returns a time in a time zone, with its day, as people of the language write it."""
    local = at.astimezone(zone)
    return texts.say(
        "format.moment",
        weekday=texts.list_words("format.weekdays")[local.weekday()],
        day=local.day,
        month=texts.list_words("format.months")[local.month - 1],
        year=local.year,
        hour=f"{local:%H}",
        minute=f"{local:%M}",
    )


def render_page(template: str, texts: Catalogue, values: Mapping[str, Any]) -> str:
    """Returns a page; `values` are what its template names.

    Templates read sentences from `text`, and fill others in with `say`, which costs more.
    """
    return _TEMPLATES.get_template(template).render(
        {"organization": "", **values},
        css=CSS,
        say=texts.say,
        text=texts.sentences,
        language=texts.language,
    )


def make_html_response(page: str, status: int = 200, **more: str) -> web.Response:
    """Returns a page with its headers; `more` are named with underscores."""
    own = {name.replace("_", "-"): text for name, text in more.items()}
    return web.Response(
        text=page, status=status, content_type="text/html", headers={**HEADERS, **own}
    )


def make_redirect(request: web.Request, path: str) -> web.Response:
    """Returns a redirect to a page, given from the root; the browser gets it with GET."""
    location = {"Location": find_root(request) + path}
    return web.Response(status=_SEE_OTHER, headers={**HEADERS, **location})


def find_root(request: web.Request) -> str:
    """Returns the relative URL of the server's root, also behind a proxy that adds a prefix."""
    return "../" * (request.path.count("/") - 1) or "./"
