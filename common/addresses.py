"""E-mail addresses in their one form: two spellings that look alike are one address.

The local part is NFKC in lower case. The domain is what IDNA 2008 makes of it after the mapping
of UTS 46, kept in Unicode because people read it; `encode_domain` is what travels in a mail.
Only the form is checked: no look-up, and reserved domains are allowed.
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
    """Returns the address in its one form. Raises ValueError with a sentence for the caller."""
    text = strip_invisible(text)
    invisible = find_invisible(text)
    if invisible is not None:
        raise ValueError(f"must not have invisible characters ({invisible}): type it anew")
    match = _ADDRESS_FORM.fullmatch(_fold_case(text.translate(_DOTS)))
    if match is None or _STARTS_WITH_MARK.match(match[1]):
        raise ValueError(_ADDRESS_ERROR)
    address = f"{match[1]}@{_canonical_domain(match[2])}"
    if find_invisible(address) is not None:
        raise ValueError(_ADDRESS_ERROR)
    return address


def normalize_or_lowercase(text: str) -> str:
    """Returns the one form, or the text in lower case where it has none.

    Somebody whose address an older server stored signs in with it, whatever it is.
    """
    try:
        return normalize_address(text)
    except ValueError:
        return text.strip().lower()


def encode_domain(domain: str) -> str:
    """Returns a domain as it stands in the DNS. Raises ValueError where there can be none."""
    labels = [_ascii_label(label) for label in domain.split(".")]
    in_dns = ".".join(labels)
    if len(in_dns) > _LONGEST_DOMAIN or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError(_DOMAIN_ERROR)
    return in_dns


def list_stored_spellings(address: str) -> tuple[str, ...]:
    """Returns a canonical address, then how an older server may have stored the same one."""
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
    """Compatibility forms and case: folding may show what has to be folded again."""
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


_DOMAIN_ERROR: Final = "must have a domain that can exist, as in name@example.org"


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
