"""A pipeline of statements to PostgreSQL: they are sent together, once somebody waits for a result.

psycopg's own pipeline sends each statement by itself. It asks the socket before, and gives the
interpreter away for that, so a busy event loop gets it in the middle of every transaction.
"""

import re
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import OperationalError, PipelineAborted, error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg.waiting import Ready, Wait

from server.storage.engine.postgres_connection import PostgresConnection
from server.storage.engine.prepared_statements import PreparedStatements, StatementKey

_PLACE: Final = re.compile("%[s%]")
_GOOD: Final = frozenset({ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK, ExecStatus.EMPTY_QUERY})


class SentStatement:
    """A statement in a pipeline; its result is waited for when somebody asks for it.

    `prepares` is what it prepares, where it does only that.
    """

    __slots__ = ("_pipeline", "answer", "prepares")

    def __init__(self, pipeline: "StatementPipeline", prepares: StatementKey | None = None) -> None:
        self._pipeline = pipeline
        self.prepares = prepares
        self.answer: PGresult | None = None

    @property
    def rowcount(self) -> int:
        return self._pipeline.wait_for(self).command_tuples or 0

    @property
    def is_commit(self) -> bool:
        """Returns whether a COMMIT counts: of a failed transaction it is a ROLLBACK."""
        return self._pipeline.wait_for(self).command_status == b"COMMIT"

    def fetchone(self) -> Sequence[Any] | None:
        rows = self.fetchall()
        return rows[0] if rows else None

    def fetchall(self) -> list[Sequence[Any]]:
        return self._pipeline.load_rows(self._pipeline.wait_for(self))


class _Command(NamedTuple):
    """A statement as PostgreSQL takes it, and the formats of its values: psycopg chooses them."""

    text: bytes
    formats: list[PyFormat]


class StatementPipeline:
    """Takes statements for a connection that is not used otherwise until the block ends.

    An error of a statement is raised by the next wait, and PostgreSQL skips what follows. The end
    of the block waits for everything; where the block fails, the connection is closed.
    """

    def __init__(self, connection: PostgresConnection) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self._prepared: PreparedStatements | None = connection.prepared
        self._values = Transformer(connection)
        self._unanswered: deque[SentStatement] = deque()

    def __enter__(self) -> Self:
        self._pgconn.enter_pipeline_mode()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is not None:
            self._connection.close()
            return
        self._pgconn.pipeline_sync()
        self._unanswered.append(SentStatement(self))
        self._connection.wait(self._receive())
        self._pgconn.exit_pipeline_mode()

    def execute(
        self, query: str, params: Sequence[Any] = (), /, *, binary: bool = False
    ) -> SentStatement:
        """Adds a statement; with `binary` its values come as such."""
        command = _write_command(query)
        values = self._values.dump_sequence(params, command.formats)
        name = self._prepare(command.text, self._values.types or ())
        form = Format.BINARY if binary else Format.TEXT
        if name:
            self._pgconn.send_query_prepared(name, values, self._values.formats, form)
        else:
            types, formats = self._values.types, self._values.formats
            self._pgconn.send_query_params(command.text, values, types, formats, form)
        return self._expect()

    def executemany(self, query: str, params: Sequence[Sequence[Any]], /) -> None:
        """Adds a statement for each row of values."""
        for values in params:
            self.execute(query, values)

    def cursor(self) -> Self:
        """Returns the pipeline: it runs statements as a driver's cursor does."""
        return self

    def wait_for(self, sent: SentStatement) -> PGresult:
        """Returns the answer to a statement. Raises the first error of those up to it."""
        if sent.answer is None:
            self._pgconn.send_flush_request()
            self._connection.wait(self._receive(sent))
        if sent.answer is None or sent.answer.status not in _GOOD:
            raise PipelineAborted("a statement before this one failed")
        return sent.answer

    def load_rows(self, answer: PGresult) -> list[Sequence[Any]]:
        """Returns the rows of an answer."""
        self._values.set_pgresult(answer)
        return self._values.load_rows(0, answer.ntuples, tuple)

    def _prepare(self, text: bytes, types: Sequence[int]) -> bytes:
        """Returns the name of a prepared statement, empty for one that runs unprepared."""
        if self._prepared is None:
            return b""
        key = StatementKey(text, tuple(types))
        name, is_new = self._prepared.find_name(key)
        if is_new:
            self._pgconn.send_prepare(name, text, types)
            self._expect(prepares=key)
            for old in self._prepared.take_evicted():
                self._pgconn.send_query_params(b"DEALLOCATE " + old, None)
                self._expect()
        return name

    def _expect(self, prepares: StatementKey | None = None) -> SentStatement:
        sent = SentStatement(self, prepares)
        self._unanswered.append(sent)
        return sent

    def _receive(self, last: SentStatement | None = None) -> PQGen[None]:
        """Takes answers up to that of `last`, and what came with it; without `last` all of them.

        Raises the first error among them.
        """
        first_error = None
        while self._unanswered:
            if last is not None and last.answer is not None and self._pgconn.is_busy():
                break
            answer = yield from self._receive_result()
            if answer is None:
                raise OperationalError("PostgreSQL has answered fewer statements than it got")
            sent = self._unanswered.popleft()
            sent.answer = answer
            if answer.status == ExecStatus.PIPELINE_SYNC:
                continue
            yield from self._receive_result()  # None: the end of the answer
            if answer.status not in _GOOD:
                first_error = first_error or _make_error(answer)
                if sent.prepares is not None and self._prepared is not None:
                    self._prepared.forget(sent.prepares)
        if first_error is not None:
            raise first_error

    def _receive_result(self) -> PQGen[PGresult | None]:
        """Sends what has not been sent, and takes one result."""
        while (unsent := self._pgconn.flush()) or self._pgconn.is_busy():
            ready = yield Wait.RW if unsent else Wait.R
            if ready & Ready.R:
                self._pgconn.consume_input()
        return self._pgconn.get_result()


def _make_error(answer: PGresult) -> Exception:
    if answer.status == ExecStatus.FATAL_ERROR:
        return error_from_result(answer)
    return PipelineAborted("a statement before this one failed")


@lru_cache(maxsize=4096)
def _write_command(query: str) -> _Command:
    """Returns a statement with `$1` for the first `%s`, and so on."""
    count = 0

    def write_place(place: re.Match[str]) -> str:
        nonlocal count
        if place[0] == "%%":
            return "%"
        count += 1
        return f"${count}"

    text = _PLACE.sub(write_place, query).encode()
    return _Command(text, [PyFormat.AUTO] * count)
