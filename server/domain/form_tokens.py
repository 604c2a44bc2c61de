"""Tokens of forms: whoever has one has seen a page that this installation made for them. Pure.

A token is bound to whoever may send the form: a link, a session, or a browser without either.
"""

import hashlib
import hmac


def sign_form(binding: str, secret: str) -> str:
    """Returns the token of the forms on pages for `binding`: 256 bits of HMAC-SHA256."""
    return hmac.new(secret.encode(), f"form:{binding}".encode(), hashlib.sha256).hexdigest()


def is_form_token(token: str, binding: str, secret: str) -> bool:
    """Returns whether the token was signed for this binding; compares in constant time."""
    return hmac.compare_digest(
        token.encode(errors="replace"), sign_form(binding, secret).encode(errors="replace")
    )
