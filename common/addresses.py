"""Normalizes e-mail addresses, so that two spellings that look alike are one address.

The local part is NFKC in lower case. The domain is what IDNA 2008 makes of it after the mapping
of UTS 46, kept in Unicode because people read it; mails use the result of `encode_domain`.
Only the form is checked. There is no look-up, and reserved domains are allowed.
"""

import re
import unicodedata
from typing import Final

import idna

from common.invisible_characters import COMBINING, find_invisible, strip_invisible

_ADDRESS_FORM: Final = re.compile(r"([^\s@<>()\[\]\\,;:\"]+)@([^\s@<>()\[\]\\,;:\"]+)")
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_STARTS_WITH_MARK: Final = re.compile(rf"[{COMBINING}]")
_DOTS: Final = str.maketrans(dict.fromkeys("\u3002\uff0e\uff61", "."))
"""Full stops of East Asian keyboards, which UTS 46 reads as the dot between labels."""
_LONGEST_DOMAIN: Final = 253
_ADDRESS_ERROR: Final = "must look like name@example.org"


def normalize_address(text: str) -> str:
    """Returns the normalized address. Raises ValueError with a sentence for the caller."""
    text = strip_invisible(text)
    invisible = find_invisible(text)
    if invisible is not None:
        raise ValueError(f"must not contain invisible characters ({invisible})")
    match = _ADDRESS_FORM.fullmatch(_fold_case(text.translate(_DOTS)))
    if match is None or _STARTS_WITH_MARK.match(match[1]):
        raise ValueError(_ADDRESS_ERROR)
    address = f"{match[1]}@{_canonical_domain(match[2])}"
    if find_invisible(address) is not None:
        raise ValueError(_ADDRESS_ERROR)
    return address


def normalize_or_lowercase(text: str) -> str:
    """Returns the normalized address, or the text in lower case if it is not a valid address.

    So people whose address was stored by an older server can still sign in with it.
    """
    try:
        return normalize_address(text)
    except ValueError:
        return text.strip().lower()


def encode_domain(domain: str) -> str:
    """Returns a domain in its ASCII form. Raises ValueError if it is not a possible domain."""
    labels = [_ascii_label(label) for label in domain.split(".")]
    in_dns = ".".join(labels)
    if len(in_dns) > _LONGEST_DOMAIN or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(_DOMAIN_ERROR)
    return in_dns


def list_stored_spellings(address: str) -> tuple[str, ...]:
    """Returns a normalized address and the other spellings that older servers may have stored."""
    local, _, domain = address.rpartition("@")
    if address.isascii() or not local:
        return (address,)
    try:
        domains = {domain, unicodedata.normalize("NFD", domain), encode_domain(domain)}
    except ValueError:
        return (address,)
    locals_ = (local, unicodedata.normalize("NFD", local))
    others = sorted({f"{name}@{host}" for name in locals_ for host in domains} - {address})
    return (address, *others)


def _fold_case(text: str) -> str:
    """Folds compatibility forms and case, repeatedly, since one may reveal the other."""
    if text.isascii():
        return text.lower()
    once = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    return once if once == text else _fold_case(once)


def _canonical_domain(domain: str) -> str:
    if domain.isascii() and "xn--" not in domain:
        shown = domain
    else:
        shown = ".".join(map(_shown_label, domain.split(".")))
    encode_domain(shown)
    return shown


_DOMAIN_ERROR: Final = "must have a valid domain, as in name@example.org"


def _shown_label(label: str) -> str:
    if label.isascii() and not label.startswith("xn--"):
        return label
    try:
        return idna.decode(idna.encode(label, uts46=True))
    except UnicodeError:
        raise ValueError(_DOMAIN_ERROR) from None


def _ascii_label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return idna.encode(label, uts46=True).decode()
    except UnicodeError:
        raise ValueError(_DOMAIN_ERROR) from None
