"""E-mail addresses: what looks alike is one address, and what cannot be written to is refused."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.addresses import encode_domain, list_stored_spellings, normalize_address
from common.people import Role
from server.cli.address_check import find_address_faults

SAME = {
    "ann@example.org": ["Ann@Example.ORG", "ANN@EXAMPLE.ORG", " ann@example.org\n"],
    "ann@x.example": [
        "\u200bann@x.example",
        "ann@x.example\u200b\ufeff",
        "\u202aann@x.example\u202c",
        "\uff41\uff4e\uff4e\uff20\uff58\uff0e\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45",
        "ann@x\u3002example",
        "ann@x\uff61example",
        "ann\ufe6bx.example",
    ],
    "jos\xe9@x.example": ["jose\u0301@x.example", "JOS\xc9@X.EXAMPLE", "JOSE\u0301@x.example"],
    "ann@b\xfccher.example": [
        "ann@bu\u0308cher.example",
        "ann@B\xdcCHER.example",
        "ann@xn--bcher-kva.example",
        "ANN@XN--BCHER-KVA.EXAMPLE",
    ],
    "fi@x.example": ["\ufb01@x.example"],
    "\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a": ["\u7528\u6237@xn--fsqu00a.xn--4rr70v"],
    "kim@x.example": ["\u212aim@x.example"],
}
SAID = [(said, same) for same, many in SAME.items() for said in [same, *many]]


@pytest.mark.parametrize(("said", "same"), SAID, ids=map(ascii, dict(SAID)))
def test_spellings_that_look_alike_are_one_address(said: str, same: str) -> None:
    assert normalize_address(said) == same


def test_domains_that_idna_2008_tells_apart_stay_apart() -> None:
    assert normalize_address("a@stra\xdfe.example") != normalize_address("a@strasse.example")
    assert encode_domain("stra\xdfe.example") == "xn--strae-oqa.example"


HIDDEN = (
    "\xad\u034f\u061c\u115f\u180e\u200b\u200c\u200d\u200e\u202e\u2060\u2066\u2800\u3164\ufe0f"
    "\ufeff\uffa0\U000e0041"
)


@pytest.mark.parametrize("hidden", HIDDEN, ids=ascii)
def test_an_invisible_character_inside_of_an_address_is_refused_by_its_name(hidden: str) -> None:
    for address in (f"a{hidden}nn@x.example", f"ann@x{hidden}y.example", f"ann{hidden}@x.example"):
        with pytest.raises(ValueError, match=f"invisible characters \\(U\\+{ord(hidden):04X}\\)"):
            normalize_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "", "ann", "@x.example", "ann@", "ann@@x.example", "a b@x.example", "a@b@c.example",
        "ann@x..example", "ann@.example", "ann@x.example.", "ann@-x.example", "ann@x-.example",
        "ann@\u2603.example", "ann@xn--a", "ann@xn--\xfc.example", "ann@\u0301x.example",
        "\u0301@x.example", "ann@" + "x" * 64 + ".example", "ann@" + "x." * 127 + "example",
        "ann@x!.example", "ann@x\u2100.example", "ann@a\u05d0.example", "<ann@x.example>",
    ],
)  # fmt: skip
def test_what_no_mail_can_reach_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"^must "):
        normalize_address(address)


any_address = st.builds("{}@{}".format, st.text(min_size=1), st.text(min_size=1)) | st.emails()


@given(any_address)
def test_the_one_form_is_its_own_one_form_and_has_a_place_in_the_dns(address: str) -> None:
    try:
        canonical = normalize_address(address)
    except ValueError:
        return
    assert normalize_address(canonical) == canonical
    assert encode_domain(canonical.rpartition("@")[2]).isascii()
    assert list_stored_spellings(canonical)[0] == canonical


@given(any_address)
def test_no_unicode_form_and_no_case_makes_another_address(address: str) -> None:
    try:
        canonical = normalize_address(address)
    except ValueError:
        return
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert normalize_address(unicodedata.normalize(form, canonical)) == canonical
    for spelling in list_stored_spellings(canonical):
        assert normalize_address(spelling) == canonical


def test_a_check_reports_every_address_that_is_not_in_its_one_form_and_who_shares_it() -> None:
    stored = [
        (1000, "ann@x.example", Role.ADMIN),
        (10000, "an\u200bn@x.example", Role.CUSTOMER),
        (10001, "jose\u0301@x.example", Role.CUSTOMER),
        (10002, "jos\xe9@x.example", Role.CUSTOMER),
        (10003, "\uff41nn@x.example", Role.CUSTOMER),
        (10004, "erased-10004@invalid", Role.CUSTOMER),
    ]
    reports = "\n".join(str(it) for it in find_address_faults(4821, stored))
    assert reports == (
        "4821: customer 10000, an\\u200bn@x.example: "
        "must not contain invisible characters (U+200B)\n"
        "4821: customer 10001, jose\\u0301@x.example: should be jos\xe9@x.example; "
        "the same address as user 10002\n"
        "4821: customer 10003, \uff41nn@x.example: should be ann@x.example; "
        "the same address as user 1000"
    )
