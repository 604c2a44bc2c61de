"""The page to read and try the API: one file, which asks nobody but this server for anything."""

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import Final

_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; connect-src 'self'; img-src data:; "
    "script-src '{script}'; style-src 'unsafe-inline'"
)


@cache
def page() -> str:
    """The page, with a policy that lets its own script run, and no other."""
    html = resources.files("server.rest").joinpath("docs.html").read_text("utf-8")
    policy = _POLICY.format(script=_hash_of_script(html))
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{meta}', 1)


def _hash_of_script(html: str) -> str:
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
