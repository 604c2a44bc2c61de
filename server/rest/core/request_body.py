"""Reads the body of a request, bounded in size and in time."""

import asyncio
import codecs
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from common.errors import Malformed, RequestTimeout, TooLarge, WrongMediaType

REQUEST_TIMEOUT: Final = web.AppKey("request_timeout", float)
"""Seconds that a body may take to arrive."""


def check_charset(request: web.Request) -> None:
    """Raises WrongMediaType where the headers name another charset than UTF-8."""
    if "charset" in request.headers.get("Content-Type", "").lower():
        try:
            is_utf8 = codecs.lookup(request.charset or "").name == "utf-8"
        except LookupError:
            is_utf8 = False
        if not is_utf8:
            raise WrongMediaType("Send the body in UTF-8: no other charset is read.")


async def read_body(request: web.Request) -> bytes:
    """Returns the whole body. Raises TooLarge, RequestTimeout or Malformed."""
    seconds = request.app[REQUEST_TIMEOUT]
    try:
        async with asyncio.timeout(seconds):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge("The body is larger than this server takes.") from error
    except TimeoutError as error:
        raise RequestTimeout(f"The body did not come within {seconds:g} s.") from error
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
        raise Malformed("The body is not encoded as its headers say.") from error
