"""Names, types and ranges of files: whatever a sender gives, what is kept is safe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid, RangeNotSatisfiable
from common.file_messages import SendFiles
from common.invisible_characters import find_invisible, is_blank
from common.safe_names import FILE_NAME_LIMIT, clean_file_name, find_extension
from server.domain.file_types import EXECUTABLE_TYPE, detect_file_type, is_blocked
from server.rest.core.byte_range import ByteRange, parse_byte_range
from server.rest.core.file_download import format_disposition
from server.validation.form_decoding import decode_form
from tests.support.uploads import PDF, PNG, PROGRAM

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=400)


@given(NAMES)
def test_a_name_is_one_visible_component_of_a_path_and_stays_what_it_is(name: str) -> None:
    cleaned = clean_file_name(name)
    assert cleaned == clean_file_name(cleaned)
    assert not is_blank(cleaned)
    assert find_invisible(cleaned) is None
    assert not set(cleaned) & set('/\\<>:"|?*\n\r\0\x1b\x9b')
    assert cleaned not in {".", ".."}
    assert len(cleaned) <= FILE_NAME_LIMIT
    assert len(cleaned.encode()) <= 255


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("C:\\Users\\Cleo\\invoice.pdf", "invoice.pdf"),
        ("../../etc/passwd", "passwd"),
        ("\u202efdp.exe", "fdp.exe"),
        ("  a \n b.txt ", "a b.txt"),
        ("", "file"),
        ("\u200b", "file"),
        ("請求書.pdf", "請求書.pdf"),
        ("x" * 300 + ".tar.gz", "x" * 197 + ".gz"),
    ],
)
def test_names_as_senders_give_them(given_name: str, kept: str) -> None:
    assert clean_file_name(given_name) == kept


@pytest.mark.parametrize(
    ("head", "name", "declared", "found"),
    [
        (PNG, "a.pdf", "application/pdf", "image/png"),
        (PDF, "a", "", "application/pdf"),
        (PROGRAM, "holiday.png", "image/png", EXECUTABLE_TYPE),
        (b"\x7fELF\x02\x01\x01\x00", "a", "", EXECUTABLE_TYPE),
        (b"MZ is how this sentence begins.", "a.txt", "text/plain", "text/plain"),
        (b"BMW and other words", "a.txt", "text/plain", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv; charset=utf-8", "text/csv"),
        (b"hello", "a.html", "text/html", "text/plain"),
        (b"hello", "a.png", "image/png", "text/plain"),
        (b"<html><body>", "a.txt", "text/plain", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", "a.svg", "image/svg+xml", "image/svg+xml"),
        (b"PK\x03\x04" + bytes(60), "a.zip", "", "application/zip"),
        (b"PK\x03\x04" + bytes(60), "a.exe", "", "application/zip"),
        (
            b"PK\x03\x04" + bytes(60),
            "a.docx",
            "",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"\x00\x01\x02\x03", "a.bin", "nonsense", "application/octet-stream"),
        (b"", "a.png", "image/png", "application/octet-stream"),
    ],
)
def test_the_content_says_what_a_file_is(head: bytes, name: str, declared: str, found: str) -> None:
    assert detect_file_type(head, name, declared) == found


@given(st.binary(max_size=200), NAMES, NAMES)
def test_every_content_has_a_type_and_a_sender_makes_no_image_of_it(
    head: bytes, name: str, declared: str
) -> None:
    found = detect_file_type(head, name, declared)
    assert found == found.strip().lower()
    assert "/" in found
    shown = found in {"image/png", "image/jpeg", "image/gif", "image/webp"}
    magic = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
    assert not shown or head.startswith(magic)


def test_a_program_is_blocked_by_what_it_is_and_a_script_by_its_name() -> None:
    blocked = ("exe", "vbs")
    assert is_blocked(blocked, "photo.png", EXECUTABLE_TYPE)
    assert is_blocked(blocked, "photo.png.VBS", "text/plain")
    assert not is_blocked(("vbs",), "tool.bin", EXECUTABLE_TYPE)
    assert not is_blocked(blocked, "vbs", "text/plain")
    assert find_extension("a.b.C") == "c"


@given(st.integers(0, 1000), st.integers(0, 1200), st.integers(0, 1200))
def test_a_range_lies_in_the_file_or_is_refused(size: int, first: int, last: int) -> None:
    try:
        found = parse_byte_range(f"bytes={first}-{last}", size)
    except RangeNotSatisfiable:
        assert first >= size
    else:
        if last < first:
            assert found is None
        else:
            assert found == ByteRange(first, min(size, last + 1))


@pytest.mark.parametrize(
    "header", [None, "", "bytes=", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b"]
)
def test_what_is_no_single_range_asks_for_the_whole_file(header: str | None) -> None:
    assert parse_byte_range(header, 10) is None


@given(NAMES)
def test_no_name_ends_the_header_that_it_is_in(name: str) -> None:
    header = format_disposition(clean_file_name(name), inline=False)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


def test_a_form_is_read_like_json_and_every_bad_field_is_named() -> None:
    sent = decode_form(SendFiles, {"body": ["Hello"], "after_seq": ["7"], "kind": ["note"]})
    assert sent == SendFiles(body="Hello", after_seq=7, kind=sent.kind)
    with pytest.raises(Invalid) as refusal:
        decode_form(SendFiles, {"after_seq": ["x"], "kind": ["a", "b"], "zeal": ["1"]})
    assert {it.pointer for it in refusal.value.errors} == {"/after_seq", "/kind", "/zeal"}
