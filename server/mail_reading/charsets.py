"""Decodes bytes by the charset that a mail claims, and finds a better one when that is wrong. Pure.

Labels mean what browsers take them for (WHATWG Encoding Standard): `iso-8859-1` is windows-1252,
`gb2312` is gb18030, because that is what mail programs send under these names.
"""

import codecs
import re
from typing import Final

_CODECS: Final[dict[str, str]] = {
    "ascii": "utf-8",
    "utf-8": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32": "utf-32",
    "utf-7": "utf-7",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "cp950": "big5hkscs",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "iso2022_jp": "iso2022_jp_ext",
    "iso2022_jp_1": "iso2022_jp_ext",
    "iso2022_jp_2": "iso2022_jp_2",
    "iso2022_jp_ext": "iso2022_jp_ext",
    "euc_kr": "cp949",
    "cp949": "cp949",
    "iso2022_kr": "iso2022_kr",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "mac-roman": "mac-roman",
    "cp437": "cp437",
    "cp850": "cp850",
    "cp852": "cp852",
    "cp866": "cp866",
    "cp874": "cp874",
    **{f"cp{number}": f"cp{number}" for number in range(1250, 1259)},
    **{f"iso8859-{number}": f"iso8859-{number}" for number in (*range(2, 9), 10, 13, 14, 15, 16)},
}
"""The codecs that are used, by the names that Python knows them by. Others could take long."""
_ALIASES: Final = {
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "windows-874": "cp874",
    "x-sjis": "cp932",
    "ks_c_5601-1987": "cp949",
    "x-gbk": "gb18030",
    "x-mac-roman": "mac-roman",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
}
_ESCAPES: Final = {
    **dict.fromkeys(("iso2022_jp_ext", "iso2022_jp_2", "iso2022_kr"), b"\x1b"),
    **dict.fromkeys(("utf-16", "utf-16-le", "utf-16-be", "utf-32"), b"\0"),
    "hz": b"~{",
    "utf-7": b"+",
}
"""Charsets that use the bytes of ASCII for others, and what shows that they do."""
_WIDE: Final = ("utf-16", "utf-32")
_SHOWN: Final = bytes((9, 10, 13, *range(32, 127)))
_LONGEST_SAMPLE: Final = 100_000
_LONGEST_LABEL: Final = 40
_MULTI_BYTE: Final = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def find_codec(label: str) -> str | None:
    """Returns the codec for a charset's label, or None if there is no such charset in mails."""
    name = label.strip().strip("\"'").lower()
    if not name.isascii() or len(name) > _LONGEST_LABEL or "\0" in name:
        return None
    try:
        return _CODECS.get(_ALIASES.get(name) or codecs.lookup(name).name)
    except (LookupError, ValueError):
        return None


def decode_bytes(content: bytes, label: str | None = None) -> str:
    """Returns the text, without a byte order mark; U+FFFD stands for what no charset explains."""
    claimed = find_codec(label) if label else None
    if claimed in _ESCAPES and (
        _ESCAPES[claimed] not in content
        or (claimed.startswith(_WIDE) and _is_mostly_ascii(content[:_LONGEST_SAMPLE]))
    ):
        claimed = None
    if content.isascii() and claimed not in _ESCAPES:
        return content.decode("ascii")
    codec = _find_better_codec(content, claimed)
    for candidate in dict.fromkeys((codec, "utf-8")):
        try:
            return content.decode(candidate).removeprefix("\ufeff")
        except (UnicodeError, ValueError):
            continue
    return content.decode(_choose_lossy(codec), "replace")


def _is_mostly_ascii(content: bytes) -> bool:
    """Returns whether more than seven of eight bytes are characters of ASCII that show."""
    return len(content.translate(None, _SHOWN)) * 8 < len(content)


def _find_better_codec(content: bytes, claimed: str | None) -> str:
    """Returns the codec to begin with: a byte order mark, or UTF-8 under another label."""
    for mark, codec in _BOMS:
        # Two bytes of a mark may stand before any text: that of UTF-16 is not mostly ASCII.
        is_wide = codec.startswith(_WIDE)
        if content.startswith(mark) and not (
            is_wide and _is_mostly_ascii(content[:_LONGEST_SAMPLE].lstrip(mark))
        ):
            return codec
    if claimed is None or (_is_single_byte(claimed) and _is_utf_8(content)):
        return "utf-8"
    return claimed


def _is_single_byte(codec: str) -> bool:
    return codec.startswith(("cp125", "iso8859", "koi8", "mac", "cp8", "cp437"))


def _is_utf_8(content: bytes) -> bool:
    """Returns whether bytes beyond ASCII form UTF-8, which they hardly ever do by accident."""
    if not _MULTI_BYTE.search(content):
        return False
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _choose_lossy(codec: str) -> str:
    """Returns the codec that reads anything: what claims to be UTF-8 and is not, is Western."""
    return "cp1252" if codec == "utf-8" else codec
