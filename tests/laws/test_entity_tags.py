"""Entity tags: lists, weak ones, and what proxies add to them."""

import pytest

from server.rest.core.entity_tags import parse_entity_tags


@pytest.mark.parametrize(
    ("lines", "versions"),
    [
        (['"4"'], {4}),
        (['W/"4"'], {4}),
        (["4"], {4}),
        (['"3", "4"'], {3, 4}),
        (['"3",W/"4" ,\t"17"'], {3, 4, 17}),
        (['"3"', '"4"'], {3, 4}),
        ([', "4",, '], {4}),
        (['"a,b", "4"'], {4}),
        (['"4-gzip"'], {4}),
        (['"4--gzip"'], {4}),
        (['"4;br"'], {4}),
        (['W/"4-gzip;br"'], {4}),
        (['"4:zstd"'], {4}),
        (['"4-other"'], set()),
        (['"-gzip"'], set()),
        (['"04"'], set()),
        (['"0"'], set()),
        (['"99999999999999999999"'], set()),
        (["2,3x"], set()),
        (["3, 4"], set()),
        (['"4'], set()),
        (['"4" "5"'], set()),
        (['w/"4"'], set()),
        (["\xff"], set()),
        ([""], set()),
        (['"4", *'], set()),
    ],
)
def test_a_list_of_tags_names_these_versions(lines: list[str], versions: set[int]) -> None:
    tags = parse_entity_tags(lines)
    assert (set(tags.versions), tags.is_any) == (versions, False)


def test_a_star_is_any_tag() -> None:
    assert parse_entity_tags([" * "]).is_any
