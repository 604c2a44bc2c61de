"""No secret is committed: the quick scan that needs no network. CI scans the whole history."""

import re
from typing import Final

import pytest

from tests.support.source_tree import committed, inside, text_of

SHAPES: Final = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a session token or API key of Deskwire": r"\bdw[sk]_(?!EXAMPLE)[\w-]{32,}",
    # Examples begin with the base64 of "exampl".
    "a webhook secret": r"\bwhsec_(?!ZXhhbXBs)[A-Za-z0-9+/]{24,}",
    "a cloud access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})",
    "a GitLab token": r"\bglpat-[\w-]{20,}",
    "a Slack token": r"\bxox[abeoprs]-[\w-]{10,}",
    "a Google API key": r"\bAIza[\w-]{35}",
    "a live Stripe key": r"\b[rs]k_live_\w{16,}",
    "a JSON web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}",
}
FILES: Final = {".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".env"}
"""Kinds of files that hold keys, and that nobody commits on purpose."""
SAMPLES: Final = {
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "a session token or API key of Deskwire": "dws" + "_" + "a" * 43,
    "a webhook secret": "whsec" + "_" + "A" * 32,
    "a cloud access key": "AKIA" + "A" * 16,
    "a GitHub token": "ghp" + "_" + "a" * 36,
    "a GitLab token": "glpat" + "-" + "a" * 20,
    "a Slack token": "xoxb" + "-" + "1" * 12,
    "a Google API key": "AIza" + "a" * 35,
    "a live Stripe key": "sk_live" + "_" + "a" * 24,
    "a JSON web token": ".".join(["eyJ" + "a" * 20] * 2 + ["a" * 20]),
}


@pytest.mark.parametrize("name", SHAPES)
def test_no_committed_file_holds_a_secret(name: str) -> None:
    """A secret that was pushed once is known: it has to be replaced, not deleted."""
    shape = re.compile(SHAPES[name])
    found = [inside(path) for path in committed() if shape.search(text_of(path))]
    assert found == []


@pytest.mark.parametrize("name", SHAPES)
def test_the_scan_recognizes_a_sample(name: str) -> None:
    """A pattern that matches nothing would pass for ever."""
    assert re.search(SHAPES[name], SAMPLES[name])


def test_no_key_file_is_committed() -> None:
    """Certificates and environment files belong to an installation, not to the repository."""
    named = [path for path in committed() if FILES & {path.suffix, path.name}]
    assert [inside(path) for path in named] == []
