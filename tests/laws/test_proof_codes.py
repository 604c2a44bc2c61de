"""Codes that prove an address: stored as hashes, typed with blanks, of one address alone."""

from hypothesis import assume, given
from hypothesis import strategies as st

from server.domain import proof_codes
from server.domain.form_tokens import is_form_token, sign_form

numbers = st.integers(0, 10**proof_codes.CODE_DIGITS - 1)
texts = st.text(min_size=1, max_size=40)


@given(numbers, st.lists(st.integers(0, 8), max_size=4))
def test_a_code_is_read_however_its_digits_are_grouped(number: int, places: list[int]) -> None:
    code = proof_codes.format_code(number)
    typed = list(code)
    for place in places:
        typed.insert(place, " ")
    assert len(code) == proof_codes.CODE_DIGITS
    assert proof_codes.clean_code("".join(typed)) == code


@given(numbers, numbers, texts, texts)
def test_a_code_is_of_one_address_and_its_hash_shows_neither(
    number: int, other: int, email: str, else_: str
) -> None:
    code, another = proof_codes.format_code(number), proof_codes.format_code(other)
    assume((email, code) != (else_, another))
    stored = proof_codes.hash_code(1000, email, code, "secret")
    assert stored != proof_codes.hash_code(1000, else_, another, "secret")
    assert stored != proof_codes.hash_code(1001, email, code, "secret")
    assert stored != proof_codes.hash_code(1000, email, code, "another secret")


@given(texts, texts, texts)
def test_a_form_is_bound_to_whoever_got_it(binding: str, other: str, token: str) -> None:
    assume(binding != other)
    signed = sign_form(binding, "secret")
    assert is_form_token(signed, binding, "secret")
    assert not is_form_token(signed, other, "secret")
    assert not is_form_token(signed, binding, "another secret")
    assert not is_form_token(token, binding, "secret")
