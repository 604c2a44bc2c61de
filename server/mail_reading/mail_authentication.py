"""Judges whether the author of a mail is proven, by what the site's own mail server wrote. Pure.

Only `Authentication-Results` of that server count (RFC 8601, section 5): anybody can write such a
header into a mail. The server has to remove foreign headers that bear its name.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from authres import AuthenticationResultsHeader

from common.addresses import encode_domain

_LONGEST_HEADER: Final = 8_000
_FOLD: Final = re.compile(r"[\r\n]+[ \t]*")
_SERVER: Final = re.compile(r"\s*(?:\([^()]*\)\s*)*\"?([^\s;\"()]+)\"?")


def judge_authentication(
    headers: Iterable[str], trusted_authserv_id: str, from_domain: str
) -> bool:
    """Returns whether the domain of `From` is proven to be the sender's (RFC 7489, DMARC).

    `headers` are the values of `Authentication-Results`, the topmost first; of those with the
    trusted id the first one counts alone. It has to say that DMARC passed for this domain; or,
    if it says nothing of DMARC, that SPF or DKIM passed for exactly this domain. Alignment with
    only the organization's domain is left to the server, which knows where that ends.
    """
    header = next((value for value in headers if _names_server(value, trusted_authserv_id)), None)
    domain = _encode(from_domain)
    if header is None or not domain or len(header) > _LONGEST_HEADER:
        return False
    try:
        parsed: Any = AuthenticationResultsHeader.parse_value(_FOLD.sub(" ", header))
        return _is_proven(list(parsed.results), domain)
    except Exception:  # noqa: BLE001 - what the library cannot read proves nothing
        return False


def _names_server(header: str, trusted: str) -> bool:
    match = _SERVER.match(header[:_LONGEST_HEADER])
    return match is not None and bool(trusted) and match[1].lower() == trusted.strip().lower()


def _is_proven(results: list[Any], domain: str) -> bool:
    judged = [result for result in results if getattr(result, "method", "") == "dmarc"]
    if any(result.result != "none" for result in judged):
        return all(
            result.result == "pass" and _find_property(result, "header", "from") == domain
            for result in judged
        )
    return any(_is_aligned(result, domain) for result in results)


def _is_aligned(result: Any, domain: str) -> bool:
    """Returns whether SPF or DKIM passed for exactly the domain (RFC 7489, section 3.1)."""
    if getattr(result, "result", "") != "pass":
        return False
    match result.method:
        case "dkim":
            return _find_property(result, "header", "d") == domain
        case "spf":
            return _find_property(result, "smtp", "mailfrom") == domain
        case _:
            return False


def _find_property(result: Any, kind: str, name: str) -> str:
    """Returns a property as an ASCII domain; '' if it is missing or stands twice."""
    values = [one.value for one in result.properties if (one.type, one.name) == (kind, name)]
    if len(values) != 1 or not values[0]:
        return ""
    return _encode(str(values[0]).rpartition("@")[2])


def _encode(domain: str) -> str:
    try:
        return encode_domain(domain.strip().rstrip(".").lower())
    except ValueError:
        return ""
