"""Limits and lists in statements have a form that lets PostgreSQL plan a statement once."""

import peewee as pw
import psycopg

from server.storage.engine.statement import CombinedStatement, IsAnyOf, Statement, param
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


class KeptModel(pw.Model):
    org_id = pw.IntegerField()
    id = pw.BigIntegerField()

    class Meta:
        table_name = "kept"
        primary_key = pw.CompositeKey("org_id", "id")


def test_postgresql_plans_a_statement_with_a_list_once_for_short_lists_too(
    postgres: Cluster,
) -> None:
    of_org = KeptModel.select(KeptModel.id).where(KeptModel.org_id == param("org_id"))
    lists = [
        Statement(of_org.where(condition))
        for condition in (
            IsAnyOf(KeptModel.id, "ids", "bigint"),
            KeptModel.id == pw.fn.ANY(param("ids")),
        )
    ]
    with psycopg.connect(postgres.fresh(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (org_id int, id bigint, PRIMARY KEY (org_id, id))")
        connection.execute("INSERT INTO kept SELECT 7, n FROM generate_series(1, 5000) AS n")
        connection.execute("ANALYZE kept")
        for statement in lists:
            for length in (2, 3) * 5:
                ids = [1000 * n for n in range(1, length + 1)]
                text, places = statement.bind("postgresql", {"org_id": 7, "ids": ids})
                found = connection.execute(text.encode(), places, prepare=True).fetchall()
                assert sorted(found) == [(it,) for it in ids]
        plans = """SELECT generic_plans > 0, statement LIKE '%unnest%' FROM pg_prepared_statements
            WHERE statement LIKE '%ANY%' ORDER BY 2"""
        assert connection.execute(plans).fetchall() == [(False, False), (True, True)]
