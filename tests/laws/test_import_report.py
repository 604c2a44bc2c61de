"""The report that closes an import, and what is said where one is broken off."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from server.cli import import_command as command
from server.transfer.import_report import ImportReport
from server.transfer.line_importer import LineOutcome, LineResult

ADDRESS = "/ticket/customer_email: must look like name@example.org"


def test_reasons_are_counted_where_bad_lines_are_too_many_to_be_read() -> None:
    report = ImportReport()
    for n in range(30):
        report.count_refusal(ADDRESS if n % 3 else f"/history/{n}/to: belongs to a customer")

    said = list(report.write_sentences())
    assert f"20 lines refused: {ADDRESS}." in said
    assert "10 lines refused: /history/*/to: belongs to a customer." in said


def test_a_few_bad_lines_are_not_told_twice() -> None:
    report = ImportReport()
    report.count_refusal(ADDRESS)

    assert report.bad == 1
    assert not any("refused" in it for it in report.write_sentences())


def test_tickets_that_would_be_taken_again_are_counted() -> None:
    report = ImportReport()
    report.count_line(LineResult(outcome=LineOutcome.TICKET, is_unnamed=True))
    report.count_line(LineResult(outcome=LineOutcome.TICKET))

    assert (
        "1 ticket without an external_id: another import of the file would create each of them"
        " again." in report.write_sentences()
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ((), "What was imported stays. Run the same command again to continue."),
        (("--dry-run",), "Nothing has been changed. Run the same command again to continue."),
    ],
)
def test_who_breaks_an_import_off_hears_how_to_go_on(
    more: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_take_in", interrupt)
    file = tmp_path / "acme.jsonl"
    file.write_bytes(b"")
    done = CliRunner().invoke(command.import_command, ["--org-id", "4821", str(file), *more])

    assert done.exit_code != 0
    assert f"deskwire-server: Interrupted. {said}" in done.output
