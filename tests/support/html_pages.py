"""Reads HTML pages as a browser without scripts does: headings, labels, links and forms."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin, urlsplit

from msgspec import Struct, field

_VOID: Final = frozenset({"meta", "input", "br", "img", "link", "hr", "base", "source"})
_LOADS: Final = {
    "script": "src",
    "img": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "object": "data",
    "embed": "src",
}
"""The elements that make a browser ask for something by themselves, and where."""


class Element(Struct):
    """An element with its attributes, and the text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    inside: "tuple[Element, ...]" = ()

    def is_in(self, tag: str) -> bool:
        return any(it.tag == tag for it in self.inside)


class Form(Struct):
    """A form: what it sends where, with what the page has filled in."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""
    enctype: str = ""

    def fill(self, **values: str) -> dict[str, str]:
        """The fields to send, some of them filled in. Only fields that are there can be."""
        assert set(values) <= set(self.fields), (set(values), set(self.fields))
        return {name: text for name, text in (self.fields | values).items() if text is not None}


class HtmlPage(HTMLParser):
    """A page that was read whole. A tag that is not closed in its order is an error."""

    def __init__(self, html: str, url: str = "") -> None:
        super().__init__()
        self.html, self.url = html, url
        self.elements: list[Element] = []
        self.forms: list[Form] = []
        self._open: list[Element] = []
        self._option_of: str | None = None
        self.feed(html)
        self.close()
        assert self._open == [], [it.tag for it in self._open]

    def find_all(self, tag: str, **attributes: str) -> list[Element]:
        return [
            it
            for it in self.elements
            if it.tag == tag and attributes.items() <= it.attributes.items()
        ]

    def find(self, tag: str, **attributes: str) -> Element:
        found = self.find_all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} of {tag} {attributes} in {self.text}"
        return found[0]

    def form(self, action_ends: str) -> Form:
        found = [it for it in self.forms if it.action.endswith(action_ends)]
        assert len(found) == 1, f"{[it.action for it in self.forms]}\n{self.text}"
        return found[0]

    def has_form(self, action_ends: str) -> bool:
        return any(it.action.endswith(action_ends) for it in self.forms)

    @property
    def text(self) -> str:
        """Returns the body's text on one line."""
        return " ".join(self.find("body").text.split())

    @property
    def faults(self) -> list[str]:
        """Returns what the page says is wrong."""
        return [" ".join(it.text.split()) for it in self.elements if _role(it) == "alert"]

    @property
    def notices(self) -> list[str]:
        """Returns what the page says was done."""
        return [" ".join(it.text.split()) for it in self.elements if _role(it) == "status"]

    @property
    def loads(self) -> list[str]:
        """The addresses that a browser asks for by itself."""
        found = [it.attributes.get(_LOADS[it.tag], "") for it in self.elements if it.tag in _LOADS]
        return [it for it in found if it]

    @property
    def messages(self) -> list[tuple[str, str]]:
        """The author and the text of each message, in the order of the page."""
        authors = [it.text for it in self.elements if it.tag == "strong" and it.is_in("article")]
        texts = [it.text for it in self.elements if it.attributes.get("class") == "text"]
        return list(zip(authors, texts, strict=True))

    def link(self, words: str) -> str:
        """The absolute address behind these words."""
        found = [it for it in self.find_all("a") if it.text.strip() == words]
        assert len(found) == 1, (words, [it.text for it in self.find_all("a")])
        return urljoin(self.url, found[0].attributes["href"])

    # -- what the parser calls

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: text or "" for name, text in attrs}
        made = Element(tag, given, inside=tuple(self._open))
        self.elements.append(made)
        if tag not in _VOID:
            self._open.append(made)
        if tag == "form":
            action = urljoin(self.url, given.get("action", ""))
            method, enctype = given.get("method", "get"), given.get("enctype", "")
            self.forms.append(Form(action, method, enctype=enctype))
        elif self._form is not None:
            self._read_field(self._form, made)

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop()
        assert opened.tag == tag, f"</{tag}> closes <{opened.tag}>"
        if tag == "textarea" and self._form is not None:
            self._form.fields[opened.attributes["name"]] = opened.text.removeprefix("\n")
        if tag == "button" and self._form is not None:
            self._form.button = opened.text

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    @property
    def _form(self) -> Form | None:
        return self.forms[-1] if any(it.tag == "form" for it in self._open) else None

    def _read_field(self, form: Form, made: Element) -> None:
        name, value = made.attributes.get("name", ""), made.attributes.get("value", "")
        if made.tag == "input" and made.attributes.get("type") == "radio":
            form.fields.setdefault(name, "")
            if "checked" in made.attributes:
                form.fields[name] = value
        elif made.attributes.get("type") == "file":
            return  # no page can fill it in
        elif made.tag == "input" or (made.tag == "select" and name not in form.fields):
            form.fields[name] = value
        elif made.tag == "option" and "selected" in made.attributes:
            chosen = next(it for it in reversed(made.inside) if it.tag == "select")
            form.fields[chosen.attributes["name"]] = value


def _role(element: Element) -> str:
    return element.attributes.get("role", "")


def find_accessibility_faults(page: HtmlPage) -> list[str]:
    """Lists what one who cannot see the page would miss (WCAG 2.2: 1.3.1, 2.4.2, 3.1.1, 4.1.2)."""
    return list(_accessibility_faults(page))


def _accessibility_faults(page: HtmlPage) -> Iterator[str]:
    if not page.find("html").attributes.get("lang"):
        yield "no language"
    if not page.find("title").text.strip():
        yield "no title"
    for tag in ("h1", "main"):
        if len(page.find_all(tag)) != 1:
            yield f"not one {tag}"
    yield from _heading_faults(page)
    ids = [it.attributes["id"] for it in page.elements if "id" in it.attributes]
    yield from (f"id {it} twice" for it in sorted(set(ids)) if ids.count(it) > 1)
    labels = {it.attributes.get("for", "") for it in page.find_all("label")}
    for it in page.elements:
        yield from _field_faults(it, labels)
        yield from _naming_faults(it, ids)


def _field_faults(it: Element, labels: set[str]) -> Iterator[str]:
    if it.tag not in {"input", "textarea", "select"} or it.attributes.get("type") == "hidden":
        return
    if it.attributes.get("id") not in labels and not it.is_in("label"):
        yield f"no label for {it.attributes.get('name')}"
    if it.attributes.get("type") == "radio" and not it.is_in("fieldset"):
        yield "a choice without a group"


def _naming_faults(it: Element, ids: list[str]) -> Iterator[str]:
    if it.tag in {"button", "a", "legend", "th"} and not it.text.strip():
        yield f"a {it.tag} without words"
    if it.tag == "img" and "alt" not in it.attributes:
        yield "an image without alt"
    named = it.attributes.get("aria-describedby")
    if named and named not in ids:
        yield f"described by {named}, which is not there"
    if it.tag == "nav" and not it.attributes.get("aria-label"):
        yield "a nav without a name"


def _heading_faults(page: HtmlPage) -> Iterator[str]:
    depth = 0
    for it in page.elements:
        if len(it.tag) == 2 and it.tag[0] == "h" and it.tag[1].isdigit():
            if int(it.tag[1]) > depth + 1:
                yield f"{it.tag} below h{depth}"
            depth = int(it.tag[1])


def find_foreign_addresses(page: HtmlPage) -> list[str]:
    """The addresses elsewhere that the page loads, or sends forms to."""
    own = urlsplit(page.url).netloc
    asked = [*page.loads, *(it.action for it in page.forms)]
    absolute = (urljoin(page.url, it) for it in asked)
    return [it for it in absolute if urlsplit(it).netloc != own]
