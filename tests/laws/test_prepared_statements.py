"""Statements that run again are prepared, and those that have not run for longest are given up."""

from server.storage.engine.prepared_statements import PreparedStatements, StatementKey

ONE, TWO, THREE = (StatementKey(text, ()) for text in (b"SELECT 1", b"SELECT 2", b"SELECT 3"))


def test_a_statement_is_prepared_at_its_second_run() -> None:
    statements = PreparedStatements(9)
    assert statements.find_name(ONE) == (b"", False)
    name, is_new = statements.find_name(ONE)
    assert name
    assert is_new
    assert statements.find_name(ONE) == (name, False)


def test_each_combination_of_types_has_a_name_of_its_own() -> None:
    statements = PreparedStatements(9)
    keys = [ONE, ONE._replace(types=(20,)), TWO]
    names = [[statements.find_name(key) for _ in range(2)][1] for key in keys]
    assert len({name for name, _ in names}) == len(keys)
    assert all(is_new for _, is_new in names)


def test_what_was_not_used_for_longest_is_given_up_once() -> None:
    statements = PreparedStatements(2)
    oldest, _ = [statements.find_name(TWO) for _ in range(2)][1]
    for key in (ONE, ONE, TWO, ONE):
        statements.find_name(key)
    assert statements.take_evicted() == []
    statements.find_name(THREE)  # TWO was used before ONE
    assert statements.take_evicted() == [oldest]
    assert statements.take_evicted() == []
    assert statements.find_name(TWO) == (b"", False)


def test_a_statement_that_could_not_be_prepared_begins_again() -> None:
    statements = PreparedStatements(9)
    for _ in range(2):
        statements.find_name(ONE)
    statements.forget(ONE)
    assert statements.find_name(ONE) == (b"", False)
