"""Converts the HTML of a mail to plain text that keeps quotes, lists and links. Pure.

`nh3` parses as browsers do and returns well-formed HTML without scripts, styles and comments; a
small converter reads that from start to end, without recursion, in time linear in its length.
"""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Final

import nh3

from server.mail_reading.safe_characters import clean_mail_block

HISTORY_MARK: Final = "\x1e"
"""A line that stands where a mail program marked in HTML that the history begins."""

LONGEST_HTML: Final = 1_000_000
"""Characters that are converted."""

_NESTED_TAGS: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,12})")
_UNNESTED: Final = {
    *("p", "li", "br", "hr", "img", "tr", "td", "th", "dd", "dt", "meta", "link", "input", "col"),
    *("tbody", "thead", "tfoot", "option", "area", "wbr", "base", "source", "html", "head", "body"),
}
_DEEPEST_ELEMENT: Final = 300
_STYLES: Final = {
    *("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong"),
    *("tt", "u"),
}
"""Elements that a parser opens again in each paragraph, until they are closed (HTML, 13.2.4.3)."""
_MOST_STYLES: Final = 40
_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_EMBEDDED: Final = re.compile(r"data:[\w.+-]{1,40}/[\w.+-]{1,60};base64,[A-Za-z0-9+/=%\s]*")
_SHOWN: Final = {
    *("a", "b", "i", "u", "em", "strong", "span", "font", "code", "kbd", "tt", "sub", "sup", "s"),
    *("p", "div", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "center"),
    *("ul", "ol", "li", "dl", "dt", "dd", "img", "section", "article", "header", "footer", "main"),
    *("table", "tbody", "thead", "tfoot", "tr", "td", "th", "caption", "address", "figure"),
}
_DROPPED: Final = {"script", "style", "title", "noscript", "template", "svg", "math", "object"}
_ATTRIBUTES: Final = {
    "*": {"id", "class", "style"},
    "a": {"href"},
    "img": {"alt"},
    "ol": {"start"},
}
_PARAGRAPHS: Final = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol"}
_BLOCKS: Final = _PARAGRAPHS | {
    *("div", "li", "dl", "dt", "dd", "table", "tr", "caption", "hr", "center", "address"),
    *("section", "article", "header", "footer", "main", "figure", "tbody", "thead", "tfoot"),
}
_HISTORY_NAMES: Final = re.compile(
    r"(?:^|\s)(?:x_)*(?:divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|OutlookMessageHeader"
    r"|gmail_attr|gmail_quote|gmail_quote_container|moz-cite-prefix|yahoo_quoted\w*|reply-intro"
    r"|protonmail_quote|tutanota_quote|zmail_extra|mail-editor-reference-message-container"
    r"|ms-outlook-mobile-reference-message|replyHeader|quotedReplyHeader)(?:\s|$)"
)
"""Ids and classes of the programs' own elements around quoted mails."""
_OUTLOOK_RULE: Final = re.compile(
    r"border:\s*none;\s*border-top:\s*solid\s+(?:#(?:E1E1E1|B5C4DF)|rgb\(225, ?225, ?225\))\s*1",
    re.IGNORECASE,
)
"""The style of the line that Outlook for Windows draws above the mail that is answered."""
_INDENTED: Final = re.compile(r"border(?:-left)?:\s*(?:none|medium none|0)", re.IGNORECASE)
"""The style of a passage that its author only moved to the right."""
_BLANKS: Final = re.compile(r"[ \t\n\r\f]+")
_DEEPEST_QUOTE: Final = 20
_DEEPEST_LIST: Final = 10
_LONGEST_LINK: Final = 2_000
_MOST_DIGITS: Final = 9


def convert_html_to_text(html: str) -> str:
    """Returns the text; quoted lines begin with `> ` once for each level. Never fails on input."""
    if "data:" in html:
        html = _EMBEDDED.sub("", html)
    html = html[:LONGEST_HTML]
    if _is_too_deep(html):
        return _strip_tags(html)
    converter = _Converter()
    converter.feed(_sanitize(html))
    converter.close()
    return converter.finish()


def _is_too_deep(html: str) -> bool:
    """Returns whether elements are nested so deeply that parsing them would take very long."""
    depth = styles = 0
    for slash, tag in _NESTED_TAGS.findall(html):
        name, step = tag.lower(), -1 if slash else 1
        if name in _STYLES:
            styles = max(0, styles + step)
        elif name not in _UNNESTED:
            depth = max(0, depth + step)
        if depth > _DEEPEST_ELEMENT or styles > _MOST_STYLES:
            return True
    return False


def _strip_tags(html: str) -> str:
    """Returns the text between tags, as plainly as possible: for HTML that nobody writes."""
    text = unescape(_ANY_TAG.sub(" ", html))
    lines = (_BLANKS.sub(" ", line).strip() for line in clean_mail_block(text).split("\n"))
    return "\n".join(filter(None, lines))


def _sanitize(html: str) -> str:
    return nh3.clean(
        html,
        tags=_SHOWN,
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )


class _Converter(HTMLParser):
    """Collects words until a line ends; an element of its own line ends the one before it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._words: list[str] = []
        self._quotes = 0
        self._open_quotes: list[bool] = []
        self._lists: list[int | None] = []
        self._bullet = ""
        self._links: list[tuple[str, int]] = []
        self._preformatted = 0

    def finish(self) -> str:
        self._end_line()
        return "\n".join(self._lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._end_block(tag)
        if tag != "blockquote" and _marks_history(found):
            self._lines.append(HISTORY_MARK)
        if tag in {"ul", "ol"}:
            self._lists.append(_first_number(found.get("start", "")) if tag == "ol" else None)
        elif tag == "blockquote":
            self._start_quote(is_indented=_INDENTED.search(found.get("style", "")) is not None)
        elif tag == "pre":
            self._preformatted += 1
        else:
            self._start_words(tag, found)

    def _start_quote(self, *, is_indented: bool) -> None:
        self._open_quotes.append(not is_indented)
        self._quotes += not is_indented

    def _end_quote(self) -> None:
        self._end_line()
        if self._open_quotes:
            self._quotes -= self._open_quotes.pop()

    def _start_words(self, tag: str, found: dict[str, str]) -> None:
        match tag:
            case "br":
                self._break_line()
            case "hr":
                self._words.append("-" * 20)
                self._end_line()
            case "li":
                self._bullet = self._next_bullet()
            case "td" | "th":
                self._separate_cell()
            case "a":
                self._links.append((found.get("href", ""), len(self._words)))
            case "img":
                self._add_image(found.get("alt", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._end_quote()
        elif tag in {"ul", "ol"} and self._lists:
            self._end_line()
            self._lists.pop()
        if tag in _BLOCKS:
            self._end_block(tag)
        match tag:
            case "pre":
                self._preformatted = max(0, self._preformatted - 1)
            case "li":
                self._bullet = ""
            case "a" if self._links:
                self._end_link(*self._links.pop())

    def handle_data(self, data: str) -> None:
        text = clean_mail_block(data)
        if self._preformatted:
            first, *others = text.split("\n")
            self._words.append(first)
            for line in others:
                self._break_line()
                self._words.append(line)
        else:
            self._words.append(_BLANKS.sub(" ", text))

    def _next_bullet(self) -> str:
        indent = "  " * (min(len(self._lists), _DEEPEST_LIST) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _separate_cell(self) -> None:
        if "".join(self._words).strip():
            self._words.append("  ")

    def _add_image(self, alt: str) -> None:
        shown = _BLANKS.sub(" ", clean_mail_block(alt)).strip()
        if shown:
            self._words.append(f"[{shown}]")

    def _end_link(self, href: str, start: int) -> None:
        """Adds the address behind a link's words, unless they say it already."""
        words = _BLANKS.sub("", "".join(self._words[start:]))
        plain = _BLANKS.sub("", clean_mail_block(href))
        shown = re.sub(r"^(?:mailto:|tel:)", "", plain)
        is_said = _bare_link(shown) == _bare_link(words)
        if words and shown and not is_said and len(shown) <= _LONGEST_LINK:
            self._words.append(f" <{shown}>")

    def _end_block(self, tag: str) -> None:
        self._end_line()
        if tag in _PARAGRAPHS and not (tag in {"ul", "ol"} and self._lists):
            self._add_blank()

    def _break_line(self) -> None:
        if not self._end_line():
            self._add_blank()

    def _end_line(self) -> bool:
        """Ends the line, if it has words. Spaces at its ends are only kept where they show."""
        text = "".join(self._words)
        self._words.clear()
        self._links = [(href, 0) for href, _ in self._links]
        text = text.rstrip() if self._preformatted else re.sub(r"[ \xa0]{3,}", "  ", text.strip())
        if not text:
            return False
        self._lines.append(f"{self._prefix()}{self._bullet}{text}")
        self._bullet = " " * len(self._bullet) if self._lists else ""
        return True

    def _add_blank(self) -> None:
        if self._lines and self._lines[-1].strip("> ") not in {"", HISTORY_MARK}:
            self._lines.append(self._prefix().rstrip())

    def _prefix(self) -> str:
        return "> " * min(self._quotes, _DEEPEST_QUOTE)


def _marks_history(attributes: dict[str, str]) -> bool:
    names = f"{attributes.get('id', '')} {attributes.get('class', '')}"
    return bool(_HISTORY_NAMES.search(names) or _OUTLOOK_RULE.search(attributes.get("style", "")))


def _first_number(start: str) -> int:
    is_number = start.isascii() and start.isdigit() and len(start) <= _MOST_DIGITS
    return int(start) if is_number else 1


def _bare_link(text: str) -> str:
    return re.sub(r"^https?://|/$", "", text.lower())
