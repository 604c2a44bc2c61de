"""Links in texts: found whole, without the sentence around them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.text.links import find_links

hosts = st.from_regex(r"[a-z]{1,8}\.example(/[a-z0-9%=&?#/-]{0,12}[a-z0-9/])?", fullmatch=True)


@given(st.lists(hosts, max_size=4), st.sampled_from(["{}", "({}).", "see {}, or", "<{}>", "“{}”!"]))
def test_an_address_is_found_whole_whatever_stands_around_it(hosts: list[str], around: str) -> None:
    links = [f"https://{host}" for host in hosts]
    texts = [around.format(link) for link in links]
    assert find_links(texts) == list(dict.fromkeys(links))


@given(st.text(max_size=60))
def test_no_link_has_a_blank_or_a_control_character(text: str) -> None:
    for link in find_links([text, f"http://{text}"]):
        assert not any(letter.isspace() or ord(letter) < 32 for letter in link)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://en.example/wiki/Tea_(drink)", ["https://en.example/wiki/Tea_(drink)"]),
        ("(see https://en.example/wiki/Tea)", ["https://en.example/wiki/Tea"]),
        ("HTTP://A.example/x?y=1#z", ["HTTP://A.example/x?y=1#z"]),
        ("javascript:alert(1) ftp://x https://", []),
        ("https://a.example https://a.example", ["https://a.example"]),
    ],
)
def test_what_is_a_link(text: str, links: list[str]) -> None:
    assert find_links([text]) == links
