"""Drafts on several terminals: whatever is typed, lost or repeated, they agree and lose no word."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from common.drafts import DiscardDraft, DraftView, SaveDraft, join_texts
from common.library_endpoints import DISCARD_DRAFT, LIST_DRAFTS, SAVE_DRAFT
from common.tickets.replying import MessageKind
from common.wire import Page
from tui import clock
from tui.model.drafts import Drafts
from tui.model.store import Store
from tui.network.client import ApiProblem, Unreachable
from tui.network.draft_syncer import DraftSyncer

REPLY = MessageKind.REPLY


class FakeServer:
    """The server's side of drafts to ticket 17, as docs/api.md describes it."""

    def __init__(self) -> None:
        self.draft: DraftView | None = None
        self.version = 0
        self.loses_answers = False

    async def call(self, endpoint: Any, **asked: Any) -> Any:
        given = asked.get("body") or asked.get("query")
        routes: dict[Any, Callable[[Any], Any]] = {
            LIST_DRAFTS: self._list,
            SAVE_DRAFT: self._save,
            DISCARD_DRAFT: self._discard,
        }
        done = routes[endpoint](given)
        if self.loses_answers:
            raise Unreachable("The answer is lost.")
        return done

    def _list(self, _query: Any) -> Page[DraftView]:
        return Page([self.draft] if self.draft else [], None, 0)

    def _save(self, body: SaveDraft) -> DraftView:
        given = {name: value for name, value in asdict(body).items() if name != "based_on"}
        held = self.draft
        if held and {name: getattr(held, name) for name in given} == given:
            return held
        self._check(body.based_on)
        self.version += 1
        now = clock.read_server_time()
        self.draft = DraftView(number=17, version=self.version, saved_at=now, **given)
        return self.draft

    def _discard(self, query: DiscardDraft) -> None:
        self._check(query.version)
        self.draft = None

    def _check(self, version: int) -> None:
        if self.draft is not None and self.draft.version != version:
            raise ApiProblem(409, "draft-changed", "", "", {"draft": self.draft})


class Terminal:
    """A terminal of the agent, with a disk of its own."""

    def __init__(self, server: FakeServer, root: Path) -> None:
        self.server = server
        self.drafts = Drafts("https://desk.example.org", 4821, 102, root)
        self.syncer = DraftSyncer(server, self.drafts, Store(), lambda _: None)  # type: ignore[arg-type]

    @property
    def words(self) -> str:
        draft = self.drafts.get(17, REPLY)
        return f"{draft.text} {draft.set_aside}" if draft else ""

    def type(self, word: str) -> None:
        draft = self.drafts.get(17, REPLY)
        self.drafts.save(17, REPLY, f"{draft.text if draft else ''}{word}")

    async def sync(self, *, loses_answers: bool = False) -> None:
        self.server.loses_answers = loses_answers
        self.syncer._is_all_wanted = True
        await self.syncer._try_sync()
        self.server.loses_answers = False


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["type", "type", "discard", "sync", "lose"])),
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_terminals_agree_in_the_end_and_no_word_is_lost(steps: list[tuple[int, str]]) -> None:
    asyncio.run(follow(steps))


async def follow(steps: list[tuple[int, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = FakeServer()
        terminals = [Terminal(server, Path(folder) / str(n)) for n in range(3)]
        typed, thrown = set[str](), set[str]()
        for turn, (n, step) in enumerate(steps):
            terminal = terminals[n]
            if step == "type":
                typed.add(f"<{turn}>")
                terminal.type(f"<{turn}>")
            elif step == "discard":
                thrown |= {word for word in typed if word in terminal.words}
                terminal.drafts.discard(17, REPLY)
            else:
                await terminal.sync(loses_answers=step == "lose")
        for _ in range(3):
            for terminal in terminals:
                await terminal.sync()
        first = terminals[0].words
        assert all(terminal.words == first for terminal in terminals)
        held = server.draft
        assert (f"{held.body} {held.set_aside}" if held else "") == first
        assert {word for word in typed - thrown if word not in first} == set()
        # What was agreed on is on the disk: another start changes nothing.
        again = Terminal(server, Path(folder) / "0")
        await again.sync()
        assert again.words == first
        assert server.draft == held
        for terminal in (*terminals, again):
            terminal.syncer._stop_timer()


TEXTS = st.text("ab \n", max_size=6)


@given(TEXTS, TEXTS)
def test_joined_texts_have_both(first: str, second: str) -> None:
    joined = join_texts(first, second)
    assert first.strip() in joined
    assert second.strip() in joined
    assert join_texts(joined, second) == join_texts(joined, first) == joined
