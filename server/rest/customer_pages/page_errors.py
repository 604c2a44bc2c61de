"""Handlers of pages: a refusal is a page, too, with the right status and a friendly sentence."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

import structlog
from aiohttp import web

from common.errors import NotFound, RateLimited, RequestRefused, Unavailable
from server.domain.languages.catalogue import Catalogue
from server.rest.core.error_middleware import MethodNotAllowed
from server.rest.customer_pages import page_html

PageHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]
PAGE_TEXTS: Final = web.RequestKey("page_texts", Catalogue)
"""The texts in the language of the organization that a request turned out to be for."""
log = structlog.get_logger()


def wrap_page_handler(handler: PageHandler) -> PageHandler:
    """Returns the handler, which renders refusals and failures as pages."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except RequestRefused as refusal:
            return make_refusal_response(request, refusal)
        except Exception:
            route = request.match_info.route.resource
            path = route.canonical if route else ""
            log.exception("request failed", path=path)
            return make_refusal_response(request, _PageFailure("It was logged."))

    return handle


async def refuse_unknown_page(request: web.Request) -> web.Response:
    """Answers addresses below the pages that are none of them, and methods that a page has not.

    Raises NotFound.
    """
    methods = await _list_page_methods(request)
    if not methods:
        raise NotFound
    allowed = ", ".join(methods)
    response = make_refusal_response(request, MethodNotAllowed(f"Use one of: {allowed}."))
    response.headers["Allow"] = allowed
    return response


async def _list_page_methods(request: web.Request) -> list[str]:
    """Returns the methods of the page at the address of a request; none without a page."""
    here, methods = request.match_info.route.resource, set[str]()
    for resource in request.app.router.resources():
        if resource is not here:
            methods |= (await resource.resolve(request))[1]
    return sorted(methods - {"*"})


def make_refusal_response(request: web.Request, refusal: RequestRefused) -> web.Response:
    """Returns the page that says what was refused, and what to do."""
    texts = request.get(PAGE_TEXTS) or page_html.choose_requested_texts(request)
    title = _find_sentence(texts, f"refusals.{refusal.slug}.title", refusal.title)
    page = page_html.render_page(
        "message.html",
        texts,
        {
            "title": title,
            "words": describe_refusal(texts, refusal),
            "is_refusal": True,
            "button": None,
        },
    )
    if isinstance(refusal, RateLimited | Unavailable):
        return page_html.make_html_response(
            page, refusal.status, Retry_After=str(refusal.retry_after)
        )
    return page_html.make_html_response(page, refusal.status)


def describe_refusal(texts: Catalogue, refusal: RequestRefused) -> str:
    """Returns the sentence for a customer, in the page's language where there is one."""
    return _find_sentence(texts, f"refusals.{refusal.slug}.detail", refusal.detail)


def _find_sentence(texts: Catalogue, key: str, otherwise: str) -> str:
    return texts.say(key) if key in texts.sentences else otherwise


class _PageFailure(RequestRefused):
    slug, title, status = "internal", "Something went wrong", 500
