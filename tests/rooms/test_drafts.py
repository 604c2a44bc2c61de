"""Drafts on a real disk: they outlive the program, however it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.macros import MacroVerbs
from common.tickets.editing import MessageEdits
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from tui.model.drafts import Drafts

REPLY, NOTE = MessageKind.REPLY, MessageKind.NOTE
SERVER = "https://desk.example.org"


def test_a_draft_is_there_after_a_restart(tmp_path: Path) -> None:
    saved = Drafts(SERVER, 4821, 102, tmp_path).save(17, REPLY, "Hello\nDora")
    drafts = Drafts(SERVER + "/", 4821, 102, tmp_path)
    assert drafts.get(17, REPLY) == saved
    assert (drafts.list_drafts(), drafts.count_drafts()) == ([saved], 1)


def test_a_reply_and_a_note_and_another_ticket_are_drafts_of_their_own(tmp_path: Path) -> None:
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    for number, kind in ((17, REPLY), (17, NOTE), (18, REPLY)):
        drafts.save(number, kind, f"{number} {kind}")
    texts = [draft.text for draft in Drafts(SERVER, 4821, 102, tmp_path).list_drafts()]
    assert texts == ["18 reply", "17 note", "17 reply"]


def test_nobody_reads_anothers_drafts(tmp_path: Path) -> None:
    Drafts(SERVER, 4821, 102, tmp_path).save(17, REPLY, "mine")
    for server, org, user in ((SERVER, 4821, 103), (SERVER, 4822, 102), ("http://b", 4821, 102)):
        assert Drafts(server, org, user, tmp_path).count_drafts() == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o077 for path in files] == [0]


def test_a_blank_text_and_a_discarded_one_leave_nothing(tmp_path: Path) -> None:
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    drafts.save(17, REPLY, "x")
    assert drafts.save(17, REPLY, " \n") is None
    drafts.save(18, REPLY, "x")
    drafts.discard(18, REPLY)
    drafts.discard(19, NOTE)
    assert Drafts(SERVER, 4821, 102, tmp_path).list_drafts() == drafts.list_drafts() == []


def test_the_same_text_keeps_its_key_and_another_text_gets_another(tmp_path: Path) -> None:
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    first = drafts.save(17, REPLY, "one")
    again = Drafts(SERVER, 4821, 102, tmp_path).save(17, REPLY, "one")
    other = drafts.save(17, REPLY, "two")
    assert first
    assert again
    assert other
    assert first.key == again.key != other.key


def test_a_file_that_is_no_draft_hides_no_other(tmp_path: Path) -> None:
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    drafts.save(17, REPLY, "x")
    folder = next(tmp_path.rglob("17-reply.json")).parent
    (folder / "18-reply.json").write_bytes(b'{"half')
    (folder / "19-reply.part").write_bytes(b"")
    assert Drafts(SERVER, 4821, 102, tmp_path).count_drafts() == 1


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
def test_any_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("drafts")
    Drafts(SERVER, 4821, 102, root).save(17, NOTE, text)
    draft = Drafts(SERVER, 4821, 102, root).get(17, NOTE)
    assert draft
    assert draft.text == text


WRITER = """
import sys
from pathlib import Path
from common.macros import MacroVerbs
from common.tickets.editing import MessageEdits
from common.tickets.replying import AddMessage, MessageKind
from common.tickets.ticket import Priority, Status
from tui.model.drafts import Drafts
drafts = Drafts("https://desk.example.org", 4821, 102, Path(sys.argv[1]))
for turn in range(10**9):
    drafts.save(17, MessageKind.REPLY, f"{turn} " * 2000)
    print(turn, flush=True)
"""


def test_a_program_killed_while_it_writes_leaves_a_whole_draft(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        seen = [int(writer.stdout.readline()) for _ in range(20)][-1]
        os.kill(writer.pid, signal.SIGKILL)
    draft = Drafts(SERVER, 4821, 102, tmp_path).get(17, REPLY)
    assert draft
    turns = set(draft.text.split())
    assert len(turns) == 1
    assert int(turns.pop()) >= seen


def test_what_was_not_sent_stays_so_after_a_change_and_a_restart_until_it_is_discarded(
    tmp_path: Path,
) -> None:
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    first = drafts.save(17, REPLY, "Hello")
    drafts.save(17, NOTE, "a note")
    drafts.mark_failed(17, REPLY, "No answer.")
    drafts.mark_failed(18, REPLY, "there is no such draft")
    kept = Drafts(SERVER, 4821, 102, tmp_path)
    assert kept.list_send_errors(17) == [(REPLY, "No answer.")]
    assert kept.save(17, REPLY, "Hello") == kept.get(17, REPLY)
    assert first
    assert first.key in {draft.key for draft in kept.list_drafts()}
    kept.save(17, REPLY, "Hello, Dora")
    assert Drafts(SERVER, 4821, 102, tmp_path).count_failed() == 1
    kept.discard(17, REPLY)
    assert (kept.list_send_errors(17), kept.count_failed(), kept.count_drafts()) == ([], 0, 1)


def test_a_text_that_comes_back_stands_before_what_was_written_meanwhile(tmp_path: Path) -> None:
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    urgent = MessageEdits(priority=Priority.URGENT)
    hello = AddMessage(body="Hello", status=Status.RESOLVED, edit=urgent)
    drafts.give_back(17, hello, files=("/a.pdf",), reason="Bo wrote.")
    held = Drafts(SERVER, 4821, 102, tmp_path).get(17, REPLY)
    assert held
    assert (held.text, held.files, held.not_sent) == ("Hello", ("/a.pdf",), "Bo wrote.")
    assert held.verbs == MacroVerbs(status=Status.RESOLVED, priority=Priority.URGENT)
    drafts.give_back(17, hello, files=("/a.pdf",), reason="Bo wrote.")  # as after a crash
    again = drafts.get(17, REPLY)
    assert again
    assert (again.text, again.key == held.key) == ("Hello", False)
    drafts.save(17, REPLY, "P.S.", ("/b.pdf",))
    drafts.give_back(17, AddMessage(body="First"), files=("/a.pdf",))
    both = drafts.get(17, REPLY)
    assert both
    assert (both.text, both.files) == ("First\n\nP.S.", ("/a.pdf", "/b.pdf"))
    assert both.not_sent == ""


def test_a_draft_of_an_older_program_is_read(tmp_path: Path) -> None:
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    drafts.save(17, REPLY, "Hello")
    path = next(tmp_path.rglob("17-reply.json"))
    path.write_text(path.read_text().replace(',"not_sent":""', ""))
    draft = Drafts(SERVER, 4821, 102, tmp_path).get(17, REPLY)
    assert draft
    assert (draft.text, draft.not_sent) == ("Hello", "")


def test_a_disk_that_takes_nothing_costs_no_word_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "drafts").touch()  # where the folder should be: as a full disk, it takes no file
    drafts = Drafts(SERVER, 4821, 102, tmp_path)
    first = drafts.save(17, REPLY, "Hello")
    assert first
    assert drafts.get(17, REPLY) == first
    assert (drafts.save_error(17, REPLY), drafts.count_unsaved()) == ("Not a directory", 1)
    (tmp_path / "drafts").unlink()
    again = drafts.save(17, REPLY, "Hello")
    assert again
    assert again.key == first.key
    assert (drafts.save_error(17, REPLY), drafts.count_unsaved()) == ("", 0)
    assert Drafts(SERVER, 4821, 102, tmp_path).get(17, REPLY) == again
    drafts.discard(17, REPLY)
    assert Drafts(SERVER, 4821, 102, tmp_path).count_drafts() == 0
