"""Takes a MIME message apart: texts that its sender wrote, and files. Pure.

Of alternatives the plain text is taken, unless it only stands in for the HTML. Everything that is
no text becomes a file, in the order of the mail.
"""

import re
from collections.abc import Iterator
from email import errors
from email.message import Message
from typing import Final

from msgspec import Struct, field, structs

from server.mail_reading import mail_file_names, part_content
from server.mail_reading.calendar_summary import summarize_invitation
from server.mail_reading.forwarded_mail import describe_forwarded
from server.mail_reading.html_text import convert_html_to_text
from server.mail_reading.part_content import DEEPEST_PART, list_subparts, read_content, read_text
from server.mail_reading.received_mail import MailFile
from server.mail_reading.winmail import unpack_winmail

MOST_FILES: Final = 300
_LONGEST_TEXT: Final = 1_000_000
"""Characters of a part that are read as the sender's words. A longer part is a file as well."""
_MOST_HTML: Final = 1_000_000
"""Characters of HTML in a mail that are converted; longer HTML is a file as well."""
_SHORT_TEXT: Final = 600
_MUCH_MORE: Final = 2
_FEW_WORDS: Final = 20
_LOST_HEADER: Final = re.compile(
    r"(?im)^(?:Content-[\w-]+|MIME-Version|Message-ID|Date|From|To|Subject):"
)
_WORDS: Final = re.compile(r"\w+")
_STUB: Final = re.compile(r"(?i)html|browser|multi-?part")
_BROKEN_HEADERS: Final = (
    errors.MissingHeaderBodySeparatorDefect,
    errors.InvalidMultipartContentTransferEncodingDefect,
)
_DEPTH_FAULT: Final = "Parts of the message are nested too deeply."
_FILES_FAULT: Final = f"The message has more than {MOST_FILES} files."


class MailParts(Struct):
    """Texts and files of a message, or of one part of it."""

    texts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Words of files: an invitation's line, a forwarded message. They stand beside any text."""
    files: list[MailFile] = field(default_factory=list)
    faults: dict[str, None] = field(default_factory=dict)
    """Sentences, each once, in their order."""

    @property
    def text(self) -> str:
        shown = (text.strip("\n") for text in (*self.texts, *self.notes))
        return "\n\n".join(filter(None, shown))

    def add(self, others: "MailParts", *, with_texts: bool = True) -> None:
        self.texts += others.texts if with_texts else ()
        self.notes += others.notes
        self.add_files(others.files)
        self.faults |= others.faults

    def add_files(self, files: list[MailFile]) -> None:
        room = MOST_FILES - len(self.files)
        self.files += files[:room]
        if len(files) > room:
            self.faults[_FILES_FAULT] = None


class _Scope(Struct):
    """The wanted contents of a part; `html_left` is how many characters may still be converted."""

    html_left: list[int]
    takes_html: bool = True
    takes_files: bool = True


def take_apart(message: Message) -> MailParts:
    """Returns the texts and files of a message and of all parts in it."""
    return _take_apart(message, 0, _Scope([_MOST_HTML]))


def _take_apart(part: Message, depth: int, scope: _Scope) -> MailParts:
    found = MailParts()
    kind = part_content.find_mime_type(part)
    if depth > DEEPEST_PART:
        found.faults[_DEPTH_FAULT] = None
        found.add_files([_make_file(part, part_content.read_whole(part))])
    elif kind == "multipart/alternative" and part.is_multipart():
        _choose_alternative(part, depth, scope, found)
        _add_loose_text(part, found)
    elif part.is_multipart() and not kind.startswith("message/"):
        # Also where the type is broken, and the library found parts all the same.
        for child in list_subparts(part):
            found.add(_take_apart(child, depth + 1, scope))
        _add_loose_text(part, found)
    elif part.is_multipart() or kind.startswith("message/"):
        _add_message(part, kind, depth, scope, found)
    elif kind.startswith("multipart/") or part_content.is_body(part, kind, is_alone=depth == 0):
        _add_body(part, kind, scope, found)
        _add_loose_text(part, found)
    elif scope.takes_files or kind == "text/calendar":
        _add_file(part, kind, found)
    return found


def _choose_alternative(part: Message, depth: int, scope: _Scope, found: MailParts) -> None:
    """Adds all files, and the plain text unless the HTML says more."""
    others: list[Message] = []
    plain = MailParts()
    for child in list_subparts(part):
        is_plain = part_content.find_first_text_type(child) == "text/plain"
        if is_plain and not plain.text.strip():
            plain = _take_apart(child, depth + 1, scope)
        else:
            others.append(child)
    takes_html = scope.takes_html and len(plain.text) <= _SHORT_TEXT
    inner = structs.replace(scope, takes_html=takes_html)
    rich = [_take_apart(child, depth + 1, inner) for child in others]
    is_rich = takes_html and _says_more("".join(one.text for one in rich), plain.text)
    found.add(plain, with_texts=not is_rich)
    for one in rich:
        found.add(one, with_texts=is_rich)


def _says_more(rich: str, plain: str) -> bool:
    """Returns whether a plain text only stands in for the HTML, as `Please view this as HTML`."""
    words, rich_words = len(_WORDS.findall(plain)), len(_WORDS.findall(rich))
    if _STUB.search(plain):
        return rich_words > words // 2
    return rich_words > _MUCH_MORE * words + _FEW_WORDS or (not words and rich_words > 0)


def _add_loose_text(part: Message, found: MailParts) -> None:
    """Adds words that stand outside the parts.

    Before the first part programs write a note. A header there is that of a part whose boundary
    was lost; where the headers above are broken, or no part has words of the sender, it may be
    anything.
    """
    before = part_content.decode_loose_text(part.preamble)
    is_broken = any(isinstance(it, _BROKEN_HEADERS) for it in part.defects)
    has_texts = any(it.strip() for it in found.texts)
    if before and (is_broken or not has_texts or _LOST_HEADER.search(before)):
        found.texts.insert(0, before)
    found.texts.append(part_content.decode_loose_text(part.epilogue))


def _add_body(part: Message, kind: str, scope: _Scope, found: MailParts) -> None:
    if kind == "text/html" and not scope.takes_html:
        return
    text, is_understood = read_text(part)
    if not is_understood:
        found.faults["The characters of a text could not be understood."] = None
    limit = scope.html_left[0] if kind == "text/html" else _LONGEST_TEXT
    if len(text) > limit:
        found.add_files([_make_file(part, read_content(part))])
    if kind == "text/html":
        scope.html_left[0] -= min(limit, len(text))
        found.texts.append(convert_html_to_text(text[:limit]))
    else:
        found.texts.append(text[:limit])


def _add_message(part: Message, kind: str, depth: int, scope: _Scope, found: MailParts) -> None:
    """Adds a message in the mail as a file; the words of a forwarded one are also text."""
    if scope.takes_files:
        found.add_files([_make_file(part, part_content.read_whole(part))])
    if kind in {"message/rfc822", "message/global"}:
        inner = part_content.find_inner_message(part)
        if inner is not None:
            words = _take_apart(inner, depth + 1, structs.replace(scope, takes_files=False))
            found.notes.append(describe_forwarded(inner, words.text))


def _add_file(part: Message, kind: str, found: MailParts) -> None:
    content = read_content(part)
    file = _make_file(part, content)
    if kind in {"application/ms-tnef", "application/vnd.ms-tnef"} or file.name == "winmail.dat":
        unpacked = unpack_winmail(content)
        if unpacked is not None:
            found.notes.append(unpacked.text)
            found.add_files(list(unpacked.files))
            if unpacked.is_whole:
                return
        found.faults["The file winmail.dat could not be unpacked."] = None
    elif kind == "text/calendar":
        found.notes.append(summarize_invitation(read_text(part)[0]))
    found.add_files([file])


def _make_file(part: Message, content: bytes) -> MailFile:
    kind = part_content.find_mime_type(part)
    return MailFile(
        name=mail_file_names.find_file_name(part, kind),
        content_type=kind,
        content=content,
        inline=part_content.is_inline(part),
    )


def list_defects(part: Message, depth: int = 0) -> Iterator[Exception]:
    """Yields what the library noticed in a part and in all parts in it."""
    yield from part.defects
    if depth <= DEEPEST_PART and part.is_multipart():
        for child in list_subparts(part):
            yield from list_defects(child, depth + 1)
