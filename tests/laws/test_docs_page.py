"""The page under /docs works offline, and lets nothing of what it shows become markup."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from server.rest.docs_page import page


class Reader(HTMLParser):
    """Collects the page's elements, and what stands in its script."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.script = ""
        self.feed(page())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.script += data


def test_the_page_loads_nothing_from_anywhere_else() -> None:
    assert not re.search(r"https?:|@import|url\(|//[a-z]+\.", page())
    sources = [
        attrs[name] for _, attrs in Reader().elements for name in ("src", "href") if name in attrs
    ]
    assert set(sources) == {"data:,", "#routes"}


@pytest.mark.parametrize(
    "word",
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"],
)
def test_nothing_that_is_shown_can_become_markup(word: str) -> None:
    code = re.sub(r"//.*", "", Reader().script)
    assert word not in code


@pytest.mark.parametrize("word", ["localStorage", "sessionStorage", "document.cookie"])
def test_the_token_stays_in_memory(word: str) -> None:
    assert word not in Reader().script


def test_the_policy_lets_only_the_pages_own_script_run() -> None:
    reader = Reader()
    policies = [attrs["content"] for tag, attrs in reader.elements if "http-equiv" in attrs]
    digest = base64.b64encode(hashlib.sha256(reader.script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in str(policies[0])
    assert not [attrs for _, attrs in reader.elements if any(name[:2] == "on" for name in attrs)]


def test_every_input_stands_in_a_label() -> None:
    labelled = re.findall(r"<label[^>]*>[^<]+<input", page())
    assert len(labelled) == len([tag for tag, _ in Reader().elements if tag == "input"])
