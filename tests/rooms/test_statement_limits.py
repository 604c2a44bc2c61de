"""Limits of statements: PostgreSQL gets them in the text, so that it plans a statement once."""

import psycopg

from server.storage.engine.statement import CombinedStatement, Statement, param
from server.storage.tables.desk_tables import CounterModel, TicketModel
from tests.support.postgres import Cluster

NEWEST = (
    TicketModel.select(TicketModel.number)
    .where(TicketModel.org_id == param("org_id"))
    .order_by(TicketModel.number.desc())
)
PAGE = Statement(NEWEST.limit(param("limit")))
FIRST = Statement(NEWEST.limit(1))
SEQ = Statement(CounterModel.select(CounterModel.seq).where(CounterModel.org_id == param("org_id")))
BOTH = CombinedStatement(PAGE, SEQ)


def test_a_limit_is_part_of_the_text_on_postgresql_alone() -> None:
    values = {"org_id": 7, "limit": 26}
    text, places = PAGE.bind("postgresql", values)
    assert text.endswith(" LIMIT 26")
    assert list(places) == [7]
    text, places = PAGE.bind("sqlite", values)
    assert text.endswith(" LIMIT ?")
    assert list(places) == [7, 26]


def test_each_limit_has_a_text_of_its_own() -> None:
    texts = [PAGE.bind("postgresql", {"org_id": 7, "limit": n})[0] for n in (1, 2, 1)]
    assert [text.rpartition(" ")[2] for text in texts] == ["1", "2", "1"]
    combined = [BOTH.bind("postgresql", {"org_id": 7, "limit": n}) for n in (3, 4, 3)]
    assert [" LIMIT 3)" in text for text, _ in combined] == [True, False, True]
    assert [list(places) for _, places in combined] == [[7, 7]] * 3


def test_a_constant_limit_is_no_parameter() -> None:
    text, places = FIRST.bind("postgresql", {"org_id": 7})
    assert text.endswith(" LIMIT 1")
    assert list(places) == [7]


def test_postgresql_plans_a_page_once(postgres: Cluster) -> None:
    with psycopg.connect(postgres.migrated(), autocommit=True) as connection:
        text, places = BOTH.bind("postgresql", {"org_id": 7, "limit": 26})
        for _ in range(10):
            connection.execute(text.encode(), places, prepare=True)
        plans = "SELECT generic_plans > 0 FROM pg_prepared_statements WHERE statement LIKE '%page%'"
        assert connection.execute(plans).fetchall() == [(True,)]
