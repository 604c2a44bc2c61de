"""Reads the body of a request, bounded in size and in time."""

import asyncio
import codecs
from typing import Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from common.errors import Malformed, RequestTimeout, TooLarge, WrongMediaType

REQUEST_TIMEOUT: Final = web.AppKey("request_timeout", float)
"""Seconds that a body may take to arrive."""

_PART_BYTES: Final = 262_144
_BODY: Final = web.RequestKey("body", bytes)


def check_charset(request: web.Request) -> None:
    """Raises WrongMediaType where the headers name another charset than UTF-8."""
    if "charset" in request.headers.get("Content-Type", "").lower():
        try:
            is_utf8 = codecs.lookup(request.charset or "").name == "utf-8"
        except LookupError:
            is_utf8 = False
        if not is_utf8:
            raise WrongMediaType("Send the body in UTF-8: no other charset is read.")


async def read_large_body(request: web.Request, limit: int) -> bytes:
    """Returns a body of up to `limit` bytes, of which each part may take the time of a body.

    Raises as `read_body` does.
    """
    _check_length(request, limit)
    content, seconds = bytearray(), request.app[REQUEST_TIMEOUT]
    try:
        while True:
            async with asyncio.timeout(seconds):
                part = await request.content.read(_PART_BYTES)
            if not part:
                return bytes(content)
            content += part
            if len(content) > limit:
                raise _make_refusal(limit)
    except TimeoutError as error:
        raise RequestTimeout(f"The body did not go on for {seconds:g} s.") from error
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
        raise Malformed("The body is not encoded as its headers say.") from error


async def read_body(request: web.Request) -> bytes:
    """Returns the whole body, also a second time. Raises TooLarge, RequestTimeout or Malformed."""
    if _BODY not in request:
        request[_BODY] = await _read_arrived_body(request)
    return request[_BODY]


async def _read_arrived_body(request: web.Request) -> bytes:
    """Returns the body; one that came with the head needs neither a wait nor a timer."""
    content, seconds = request.content, request.app[REQUEST_TIMEOUT]
    try:
        if content.is_eof() and content.total_bytes <= request.client_max_size:
            return content.read_nowait()
        _check_length(request, request.client_max_size)
        async with asyncio.timeout(seconds):
            return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise _make_refusal(request.client_max_size) from error
    except TimeoutError as error:
        raise RequestTimeout(f"The body did not come within {seconds:g} s.") from error
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
        raise Malformed("The body is not encoded as its headers say.") from error


def _check_length(request: web.Request, limit: int) -> None:
    """Raises TooLarge where `Content-Length` alone says so, before anything is waited for."""
    if (request.content_length or 0) > limit:
        raise _make_refusal(limit)


def _make_refusal(limit: int) -> TooLarge:
    return TooLarge(f"The body may have at most {limit} bytes here.")
