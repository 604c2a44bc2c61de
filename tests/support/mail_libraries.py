"""Compares what reads replies and HTML: `python -m tests.support.mail_libraries` prints two tables.

Libraries that are not installed are left out; none but ours has to be.
"""

import re
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from server.mail_reading.html_text import convert_html_to_text
from server.mail_reading.reply_split import split_reply
from tests.support.mail_corpus import ReplyExample, load_replies

PAGES: Final = Path(__file__).parent / "mails" / "html.toml"
LANGUAGES: Final = [
    "en",
    "de",
    "cs",
    "da",
    "es",
    "fr",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "sv",
    "zh",
    "david",
]
FORWARDED: Final = re.compile(r"(?:Fwd|WG):")
LONG_PAGE: Final = (
    "<p>The grinder <b>stops</b> after <a href='https://a.example/'>three</a></p>" * 270
)
DEEP_PAGE: Final = "<div>" * 5_000 + "The grinder"
ROUNDS: Final = 5

Splitter = Callable[[ReplyExample], str]
Converter = Callable[[str], str]


def list_splitters() -> Iterator[tuple[str, Splitter]]:
    yield "own rules", _split_by_own_rules
    if (found := _load("mailparser_reply")) is not None:
        every = found.EmailReplyParser(languages=LANGUAGES)
        english = found.EmailReplyParser(languages=["en"])
        yield "mail-parser-reply, all languages", lambda one: every.read(one.body).latest_reply
        yield "mail-parser-reply, English", lambda one: english.read(one.body).latest_reply
        yield (
            "mail-parser-reply with signatures, then own rules",
            lambda one: split_reply(every.read(one.body).replies[0].full_body, is_reply=True).new,
        )
    if (other := _load("email_reply_parser")) is not None:
        yield "email-reply-parser", lambda one: other.EmailReplyParser.parse_reply(one.body)
    if (third := _load("quotequail")) is not None:
        yield "quotequail", lambda one: _join_shown(third.quote(one.body))


def list_converters() -> Iterator[tuple[str, Converter]]:
    yield "nh3 and own converter", convert_html_to_text
    if (found := _load("markdownify")) is not None:
        yield "markdownify", found.markdownify
        options = {"escape_asterisks": False, "escape_underscores": False, "escape_misc": False}
        yield "markdownify without escapes", lambda html: found.markdownify(html, **options)
    if (other := _load("inscriptis")) is not None:
        yield "inscriptis", other.get_text
    if (third := _load("nh3")) is not None:
        yield "nh3 alone", lambda html: third.clean(html, tags=set())
    if (last := _load("html2text")) is not None:
        yield "html2text (GPL)", last.html2text


def _load(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _split_by_own_rules(one: ReplyExample) -> str:
    is_forward = FORWARDED.match(one.subject) is not None
    return split_reply(one.body, is_reply=not one.is_first, is_forward=is_forward).new


def _join_shown(parts: list[tuple[bool, str]]) -> str:
    return "\n".join(text for is_shown, text in parts if is_shown)


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


def _measure_replies() -> Iterator[tuple[str, ...]]:
    replies = [one for one in load_replies() if not one.is_html]
    for name, split in list_splitters():
        exact = lost = left = 0
        started = time.process_time()
        found = [(one, split(one) or "") for _ in range(ROUNDS) for one in replies][-len(replies) :]
        seconds = (time.process_time() - started) / ROUNDS / len(replies)
        for one, text in found:
            expected = _words(one.body if one.new is None else one.new)
            exact += _words(text) == expected
            lost += bool(expected - _words(text))
            left += bool(_words(text) - expected)
        counts = (f"{exact} of {len(replies)}", str(lost), str(left))
        yield (name, *counts, f"{seconds * 1e6:.0f} µs")


def _measure_pages() -> Iterator[tuple[str, ...]]:
    pages = tomllib.loads(PAGES.read_text())["page"]
    for name, convert in list_converters():
        failed = [page["name"] for page in pages if not _reads_alike(page, convert(page["html"]))]
        started = time.process_time()
        convert(LONG_PAGE)
        seconds = time.process_time() - started
        count = f"{len(pages) - len(failed)} of {len(pages)}"
        yield name, count, ", ".join(failed), f"{seconds * 1e3:.1f} ms", _try_deep_page(convert)


def _reads_alike(page: dict[str, Any], text: str) -> bool:
    lines = [line.rstrip() for line in text.split("\n") if line.strip()]
    wanted = [line for line in page.get("lines", []) if line]
    has_lines = not wanted or [line for line in lines if line.strip("> ")] == wanted
    return (
        has_lines
        and all(word in text for word in page.get("words", []))
        and not any(word in text for word in page.get("not", []))
    )


def _try_deep_page(convert: Converter) -> str:
    started = time.process_time()
    try:
        convert(DEEP_PAGE)
    except RecursionError:
        return "RecursionError"
    return f"{(time.process_time() - started) * 1e3:.0f} ms"


def _print_table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    for row in (heads, tuple("---" for _ in heads), *rows):
        print(f"| {' | '.join(row)} |")  # noqa: T201 - a command prints


def main() -> None:
    heads = ("replies", "exact", "new words lost in", "history left in", "time a mail")
    _print_table(heads, _measure_replies())
    print()  # noqa: T201 - likewise
    heads = ("HTML", "as wanted", "not as wanted", "20 kB", "5,000 nested elements")
    _print_table(heads, _measure_pages())


if __name__ == "__main__":
    main()
