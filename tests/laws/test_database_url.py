"""Database URLs: both names of PostgreSQL, encoded passwords, and no sentence with a password."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.storage.engine.database_url import (
    BadDatabaseUrl,
    hide_password,
    normalize_url,
    parse_postgres_parameters,
)
from tests.support.process import deskwire_server

SECRET = "s3cr3tword"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql_has_two_names(scheme: str) -> None:
    url = normalize_url(f"{scheme}://desk:{SECRET}@db.example:5433/desk?sslmode=require")
    assert parse_postgres_parameters(url) == {
        "database": "desk", "user": "desk", "password": SECRET, "host": "db.example",
        "port": 5433, "sslmode": "require",
    }  # fmt: skip


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
def test_any_password_can_be_encoded(password: str) -> None:
    url = normalize_url(f"postgres://u:{quote(password, safe='')}@h/d")
    assert parse_postgres_parameters(url)["password"] == password


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://desk:{SECRET}@db.example/desk",
        f"postgresql+psycopg://desk:{SECRET}@db.example/desk",
        f"desk:{SECRET}@db.example/desk",
        f"postgresql://desk:{SECRET}/more@db.example/desk",
        f"postgresql://desk:{SECRET}#more@db.example/desk",
        f"postgresql://desk:{SECRET}?more@db.example/desk",
        f"postgresql://desk:12/{SECRET}@db.example/desk",
        f"postgresql://desk:{SECRET}@db.example:port/desk",
        f"postgresql://desk:{SECRET}@[db.example/desk",
        f"postgresql://desk:{SECRET}@db.example",
        f"sqlite://{SECRET}",
        f"sqlite:///?{SECRET}"[:10],
        "sqlite:///:memory:",
        SECRET,
        "",
    ],
)
def test_a_refused_url_is_never_shown(url: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        normalize_url(url)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("said", ["s3:cr3t%40w", "s3:cr3t@w", "s3%3Acr3t%40w"])
def test_a_librarys_sentence_is_told_without_the_password(said: str) -> None:
    url = "postgresql://desk:s3:cr3t%40w@db.example/desk"
    assert hide_password(f'no "{said}" here', url) == 'no "***" here'


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://desk:{SECRET}@127.0.0.1:1/desk",
        f"postgres://desk:x@127.0.0.1:1/desk?password={SECRET}",
        f"postgresql://desk:{SECRET}@127.0.0.1:1/desk?sslmode={SECRET}",
        f"postgresql://desk:{SECRET}@127.0.0.1:1/desk?nonsense={SECRET}",
        f"mysql://desk:{SECRET}@db.example/desk",
    ],
)
def test_no_command_shows_the_password(url: str) -> None:
    done = deskwire_server("backup", "never.backup", env={"DESKWIRE_DATABASE": url})
    assert done.returncode == 2
    assert SECRET not in done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
