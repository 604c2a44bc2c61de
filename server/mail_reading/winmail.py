"""Unpacks `winmail.dat`, in which Outlook hides a mail's text and files. Pure."""

import struct
from typing import Final

from msgspec import Struct

from server.mail_reading import tnef_objects
from server.mail_reading.charsets import decode_bytes
from server.mail_reading.html_text import convert_html_to_text
from server.mail_reading.mail_file_names import make_safe_name
from server.mail_reading.received_mail import MailFile
from server.mail_reading.safe_characters import clean_mail_block
from server.mail_reading.tnef_objects import MapiProperty, TnefObject

_MOST_FILES: Final = 100
_DEFAULT_TYPE: Final = "application/octet-stream"
_BODY, _MESSAGE_PROPERTIES = 0x800C, 0x9003
_BEGINS_FILE, _TITLE, _CONTENT, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_PLAIN_BODY, _HTML_BODY = 0x1000, 0x1013
_SHORT_NAME, _LONG_NAME, _SHOWN_NAME, _OBJECT, _MIME = 0x3704, 0x3707, 0x3001, 0x3701, 0x370E
_INTERFACE_BYTES: Final = 16
"""Of the id of an interface, before an embedded object."""


class UnpackedFiles(Struct, frozen=True):
    """The text and the files of a `winmail.dat`; one that `is_whole` holds nothing else."""

    text: str
    files: tuple[MailFile, ...]
    is_whole: bool


class _Attachment(Struct):
    title: bytes = b""
    content: bytes = b""
    properties: dict[int, bytes] = {}


def unpack_winmail(content: bytes) -> UnpackedFiles | None:
    """Returns what is inside, or None if there is nothing that can be read."""
    if not tnef_objects.is_tnef(content):
        return None
    text = b""
    properties: dict[int, bytes] = {}
    attachments: list[_Attachment] = []
    for found in tnef_objects.list_objects(content):
        if found.name == _BEGINS_FILE:
            attachments.append(_Attachment())
        elif found.level == tnef_objects.ATTACHMENT_LEVEL and attachments:
            _add_to_attachment(attachments[-1], found)
        elif found.name == _BODY:
            text = found.content.rstrip(b"\0")
        elif found.name == _MESSAGE_PROPERTIES:
            properties |= _read_properties(found.content)
    files = tuple(_make_file(one, place) for place, one in enumerate(attachments[:_MOST_FILES], 1))
    shown = _find_text(text, properties)
    if not shown and not files:
        return None
    return UnpackedFiles(shown, files, is_whole=tnef_objects.is_whole(content))


def _add_to_attachment(attachment: _Attachment, found: TnefObject) -> None:
    if found.name == _TITLE:
        attachment.title = found.content.rstrip(b"\0")
    elif found.name == _CONTENT:
        attachment.content = found.content
    elif found.name == _FILE_PROPERTIES:
        attachment.properties |= _read_properties(found.content)


def _read_properties(content: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    try:
        for one in tnef_objects.list_properties(content):
            found[one.name] = _choose_value(one)
    except struct.error:
        pass  # what stood before the broken property is good
    return found


def _choose_value(one: MapiProperty) -> bytes:
    return one.content if one.name in {_OBJECT, _HTML_BODY} else one.text


def _find_text(body: bytes, properties: dict[int, bytes]) -> str:
    plain = body or properties.get(_PLAIN_BODY, b"")
    if plain:
        return clean_mail_block(decode_bytes(plain)).strip()
    html = decode_bytes(properties.get(_HTML_BODY, b"").rstrip(b"\0"))
    return convert_html_to_text(clean_mail_block(html)) if html else ""


def _make_file(attachment: _Attachment, number: int) -> MailFile:
    values = attachment.properties
    names = (values.get(_LONG_NAME), attachment.title, values.get(_SHORT_NAME))
    name = next(filter(None, (*names, values.get(_SHOWN_NAME))), b"")
    kind = values.get(_MIME, b"").decode("ascii", "replace").strip().lower()
    return MailFile(
        name=make_safe_name(decode_bytes(name)) or f"file-{number}.bin",
        content_type=kind
        if kind.isascii() and kind.isprintable() and "/" in kind
        else _DEFAULT_TYPE,
        content=attachment.content or values.get(_OBJECT, b"")[_INTERFACE_BYTES:],
    )
