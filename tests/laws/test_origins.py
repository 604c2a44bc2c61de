"""Origins whose pages may use the API, as an operator names them."""

import pytest

from server.settings import Settings


def test_origins_are_separated_by_commas_or_blanks_and_compared_without_case() -> None:
    settings = Settings(cors_origin="https://App.example,http://localhost:5173  app://desk")
    assert settings.cors_origins == {"https://app.example", "http://localhost:5173", "app://desk"}
    assert Settings(cors_origin="*").cors_origins == {"*"}
    assert Settings().cors_origins == set()


@pytest.mark.parametrize(
    "text", ["app.example", "https://app.example/", "https://*.app.example", "null", "https://a@b"]
)
def test_what_no_browser_would_send_is_no_origin(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        _ = Settings(cors_origin=text).cors_origins
