"""The ticket screen: what becomes of a message concerns its own ticket alone."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from common.people import Role
from common.tickets.replying import AddMessage, ConversationAdvanced, MessageKind
from common.wire import ActorRef, Conversation, MessageView, Page, TicketView
from tests.support.screen_bench import ORG, ScreenBench, make_context
from tests.support.tickets import NOON, view
from tui.model.context import WorkstationContext
from tui.model.drafts import Drafts
from tui.screens.ticket_screen import TicketScreen

DORA = ActorRef(201, Role.CUSTOMER, "Dora")
REPLY = MessageKind.REPLY
DEAR = AddMessage(body="Dear Dora")


def conversation(ticket: TicketView) -> Conversation:
    at = NOON + timedelta(minutes=1)
    messages = [MessageView(1, REPLY, "word\n" * 80, DORA, at, ticket.last_seq)]
    fields = {name: getattr(ticket, name) for name in ticket.__struct_fields__}
    fields["description"] = "It hums."
    return Conversation(**fields, messages=Page(messages, None, 5))


@pytest.fixture
def context(tmp_path: Path) -> WorkstationContext:
    tickets = [view(1, last_seq=4), view(2, last_seq=5)]
    context = make_context(*tickets)
    context.drafts = Drafts("http://desk", ORG, 102, tmp_path)
    for ticket in tickets:
        assert context.store.open_conversation(conversation(ticket))
    return context


async def test_a_refused_reply_to_a_ticket_left_behind_moves_nothing_on_this_one(
    context: WorkstationContext,
) -> None:
    screen = TicketScreen(context)
    async with ScreenBench(screen).run_test(size=(80, 24)) as pilot:
        screen.show_ticket(1, [1, 2])
        screen.action_verb("reply")
        screen.composer.set_text("Dear Dora")
        assert context.drafts
        sent = screen.draft_session.build_message(context.store.tickets[1])
        screen.message_taken(1, REPLY)
        screen.show_ticket(2, [1, 2])
        await pilot.pause()
        screen.conversation.action_first()
        slug = ConversationAdvanced.slug
        context.drafts.give_back(1, DEAR, reason="Somebody wrote.")
        screen.message_returned(1, REPLY, slug=slug, read_up_to=9)
        await pilot.pause()
        assert screen.conversation.scroll_y == 0
        assert not screen.composer.is_open
        assert "Others wrote" not in screen.toast.render_line(0).text
        draft = context.drafts.get(1, REPLY)
        assert draft
        assert draft.not_sent == "Somebody wrote."
        assert draft.key != sent.key


async def test_a_refused_reply_to_this_ticket_shows_what_others_wrote(
    context: WorkstationContext,
) -> None:
    screen = TicketScreen(context)
    async with ScreenBench(screen).run_test(size=(80, 24)) as pilot:
        screen.show_ticket(1, [1, 2])
        screen.action_verb("reply")
        screen.composer.set_text("Dear Dora")
        assert context.drafts
        screen.draft_session.build_message(context.store.tickets[1])
        screen.message_taken(1, REPLY)
        await pilot.pause()
        screen.conversation.action_first()
        slug = ConversationAdvanced.slug
        context.drafts.give_back(1, DEAR, reason="Somebody wrote.")
        screen.message_returned(1, REPLY, slug=slug, read_up_to=9)
        await pilot.pause()
        assert screen.conversation.scroll_y == screen.conversation.max_scroll_y > 0
        again = screen.draft_session.build_message(context.store.tickets[1])
        assert msgspec.to_builtins(again.command)["after_seq"] == 9


async def test_the_editors_scrollbar_is_as_narrow_as_every_other(
    context: WorkstationContext,
) -> None:
    screen = TicketScreen(context)
    async with ScreenBench(screen).run_test(size=(80, 24)):
        widths = {
            one.scrollbar_size_vertical for one in (screen.conversation, screen.composer.editor)
        }
        assert widths == {1}


async def test_that_a_text_is_discarded_is_said_until_something_is_typed(
    context: WorkstationContext,
) -> None:
    screen = TicketScreen(context)
    async with ScreenBench(screen).run_test(size=(80, 24)) as pilot:
        screen.show_ticket(1, [1, 2])
        screen.action_verb("reply")
        await pilot.press(*"Dear")
        screen.draft_session._save_on_timer()
        assert "draft saved" in str(screen.composer.border_subtitle)
        await pilot.press("ctrl+l")
        # Emptying the field is an edit too, for which a save is due soon.
        screen.draft_session._save_on_timer()
        assert "discarded" in str(screen.composer.border_subtitle)
        await pilot.press("x")
        screen.draft_session._save_on_timer()
        assert "draft saved" in str(screen.composer.border_subtitle)
