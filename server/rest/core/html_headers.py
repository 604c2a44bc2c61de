"""Headers of the pages that browsers show: no frames, no guessing, no traces elsewhere."""

from typing import Final

_ALWAYS: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
}


def make_html_headers(policy: str, **more: str) -> dict[str, str]:
    """Returns the security headers of a page with this Content-Security-Policy.

    `more` are headers of its own, named with underscores.
    """
    own = {name.replace("_", "-"): text for name, text in more.items()}
    return {**_ALWAYS, "Content-Security-Policy": policy, **own}
