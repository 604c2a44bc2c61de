"""Takes a MIME message apart: texts that its sender wrote, and files. Pure.

Of alternatives the plain text is taken, unless it only stands in for the HTML. Everything that is
no text becomes a file, in the order of the mail.
"""

import re
from collections.abc import Iterator
from email.message import Message
from typing import Any, Final

from msgspec import Struct, field

from server.mail_reading import file_names, part_content
from server.mail_reading.calendar_summary import summarize_invitation
from server.mail_reading.forwarded_mail import describe_forwarded
from server.mail_reading.html_text import convert_html_to_text
from server.mail_reading.part_content import DEEPEST_PART, read_content, read_text
from server.mail_reading.received_mail import MailFile
from server.mail_reading.winmail import unpack_winmail

MOST_FILES: Final = 300
_LONGEST_TEXT: Final = 1_000_000
"""Characters of a part that are read as the sender's words. A longer part is a file as well."""
_SHORT_TEXT: Final = 600
_STAND_IN_FACTOR: Final = 2
_WORDS: Final = re.compile(r"\w+")
_STUB: Final = re.compile(r"(?i)html|browser|multi-?part")
_DEPTH_FAULT: Final = "Parts of the message are nested too deeply."
_FILES_FAULT: Final = f"The message has more than {MOST_FILES} files."


class MailParts(Struct):
    """Texts and files of a message, or of one part of it."""

    texts: list[str] = field(default_factory=list)
    files: list[MailFile] = field(default_factory=list)
    faults: dict[str, None] = field(default_factory=dict)
    """Sentences, each once, in their order."""

    @property
    def text(self) -> str:
        return "\n\n".join(filter(None, (text.strip("\n") for text in self.texts)))

    def add(self, others: "MailParts") -> None:
        self.texts += others.texts
        self.add_files(others.files)
        self.faults |= others.faults

    def add_files(self, files: list[MailFile]) -> None:
        room = MOST_FILES - len(self.files)
        self.files += files[:room]
        if len(files) > room:
            self.faults[_FILES_FAULT] = None


def take_apart(part: Message, depth: int = 0) -> MailParts:
    """Returns the texts and files of a part and of all parts in it."""
    found = MailParts()
    if depth > DEEPEST_PART:
        found.faults[_DEPTH_FAULT] = None
        found.add_files([_make_file(part, part_content.read_whole(part))])
        return found
    kind = part_content.find_content_type(part)
    if kind.startswith("multipart/") and part.is_multipart():
        _take_apart_multipart(part, kind, depth, found)
    elif part.get_content_maintype() == "message" or kind.startswith("message/"):
        _add_message(part, kind, depth, found)
    elif part_content.is_body(part, kind):
        _add_body(part, kind, found)
    else:
        _add_file(part, kind, found)
    return found


def _take_apart_multipart(part: Message, kind: str, depth: int, found: MailParts) -> None:
    children = [take_apart(child, depth + 1) for child in _list_children(part)]
    if kind == "multipart/alternative":
        _choose_alternative(part, children, found)
    else:
        for child in children:
            found.add(child)
    _add_loose_text(part, found)


def _list_children(part: Message) -> list[Message]:
    payload: Any = part.get_payload()
    return payload if isinstance(payload, list) else []


def _choose_alternative(part: Message, children: list[MailParts], found: MailParts) -> None:
    """Adds all files, and the texts of the best child."""
    kinds = [part_content.find_first_text_type(child) for child in _list_children(part)]
    plain = _first_text(children, kinds, "text/plain")
    rich = _first_text(children, kinds, "text/html")
    best = plain or rich
    if plain is not None and rich is not None and _stands_in(plain.text, rich.text):
        best = rich
    for child in children:
        found.add(child if child is best else MailParts([], child.files, child.faults))
    if best is None:
        for child in children:
            found.texts += child.texts


def _first_text(children: list[MailParts], kinds: list[str], wanted: str) -> MailParts | None:
    pairs = zip(children, kinds, strict=True)
    return next((child for child, kind in pairs if kind == wanted and child.text.strip()), None)


def _stands_in(plain: str, rich: str) -> bool:
    """Returns whether a plain text is a note in the place of the HTML, as `Please use HTML`."""
    if len(plain) > _SHORT_TEXT:
        return False
    words, rich_words = len(_WORDS.findall(plain)), len(_WORDS.findall(rich))
    is_shorter = rich_words > _STAND_IN_FACTOR * words
    return is_shorter and (_STUB.search(plain) is not None or words == 0)


def _add_loose_text(part: Message, found: MailParts) -> None:
    """Adds what stands outside the parts: words behind the last, or before the first of none."""
    behind = part_content.decode_loose_text(part.epilogue)
    if behind:
        found.texts.append(behind)
    if not found.text and not found.files:
        found.texts.append(part_content.decode_loose_text(part.preamble))


def _add_body(part: Message, kind: str, found: MailParts) -> None:
    text, is_understood = read_text(part)
    if not is_understood:
        found.faults["The characters of a text could not be understood."] = None
    if len(text) > _LONGEST_TEXT:
        found.add_files([_make_file(part, read_content(part))])
    found.texts.append(convert_html_to_text(text) if kind == "text/html" else text[:_LONGEST_TEXT])


def _add_message(part: Message, kind: str, depth: int, found: MailParts) -> None:
    """Adds a message in the mail as a file; the words of a forwarded one are also text."""
    content = part_content.read_whole(part)
    found.add_files([_make_file(part, content)])
    if kind in {"message/rfc822", "message/global"}:
        inner = part_content.find_inner_message(part)
        if inner is not None:
            parts = take_apart(inner, depth + 1)
            found.texts.append(describe_forwarded(inner, parts.text))


def _add_file(part: Message, kind: str, found: MailParts) -> None:
    content = read_content(part)
    file = _make_file(part, content)
    if kind in {"application/ms-tnef", "application/vnd.ms-tnef"} or file.name == "winmail.dat":
        unpacked = unpack_winmail(content)
        if unpacked is not None:
            found.texts.append(unpacked.text)
            found.add_files(list(unpacked.files))
            return
        found.faults["The file winmail.dat could not be unpacked."] = None
    elif kind == "text/calendar":
        found.texts.append(summarize_invitation(read_text(part)[0]))
    found.add_files([file])


def _make_file(part: Message, content: bytes) -> MailFile:
    kind = part_content.find_content_type(part)
    return MailFile(
        name=file_names.find_file_name(part, kind),
        content_type=kind,
        content=content,
        inline=part_content.is_inline(part),
    )


def list_faults(part: Message, depth: int = 0) -> Iterator[str]:
    """Yields a sentence for each defect that the library noticed."""
    for defect in part.defects:
        yield f"A part of the message is malformed ({type(defect).__name__})."
    if depth <= DEEPEST_PART and part.is_multipart():
        for child in _list_children(part):
            yield from list_faults(child, depth + 1)
