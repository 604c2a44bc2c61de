"""Screens come to the top by name, and each is in the stack once."""

from collections.abc import AsyncIterator, Iterator

import pytest
from textual.app import App
from textual.message import Message

from tests.support.screen_bench import make_context
from tests.support.tickets import view
from tui.messages import requests, results
from tui.messages.requests import ShowNotifications, ShowTicket
from tui.shell.app import Deskwire
from tui.shell.navigator import Navigator
from tui.shell.report_handlers import ReportHandlers
from tui.shell.screen_set import ScreenSet
from tui.shell.services import HandlerServices
from tui.shell.theme import PLAIN_VARIABLES


class Bench(App[None]):
    """An app of three screens and nothing else."""

    CSS_PATH = Deskwire.CSS_PATH

    def __init__(self) -> None:
        super().__init__()
        self.context = make_context(view(1), view(2))
        screens = ScreenSet(self.context)
        self.queue, self.ticket, self.notices = screens.queue, screens.ticket, screens.notices
        self.navigator = Navigator(self, screens)
        self.toasts: list[str] = []
        services = HandlerServices(self.context, self.show_toast, lambda _task: None)
        self.reports = ReportHandlers(
            self, services, self.navigator, self.queue, self.ticket, is_wallboard=False
        )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return PLAIN_VARIABLES

    def show_toast(self, text: str, kind: str = "plain") -> None:
        self.toasts.append(text)

    async def on_mount(self) -> None:
        self.install_screen(self.ticket, "ticket")
        self.install_screen(self.notices, "notices")
        await self.push_screen(self.queue)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    app = Bench()
    async with app.run_test(size=(80, 24)):
        yield app


async def test_a_ticket_opened_from_the_notifications_closes_them(bench: Bench) -> None:
    await bench.navigator.show_ticket(ShowTicket(1))
    await bench.navigator.show_notifications(ShowNotifications())
    assert bench.navigator.desk_screen is bench.notices
    await bench.navigator.show_ticket(ShowTicket(2))
    assert bench.screen_stack[1:] == [bench.queue, bench.ticket]
    assert bench.ticket.number == 2


async def test_the_own_figures_open_above_the_queue_alone(bench: Bench) -> None:
    await bench.navigator.show_ticket(ShowTicket(1))
    bench.reports.open_own_figures()
    assert bench.screen_stack[1:] == [bench.queue, bench.get_screen("own_figures")]


@pytest.mark.parametrize("name", ["report", "own_figures"])
async def test_the_wallboard_leads_back_to_the_report_one_came_from(
    bench: Bench, name: str
) -> None:
    {"report": bench.reports.open_reports, "own_figures": bench.reports.open_own_figures}[name]()
    bench.reports.open_wallboard()
    assert bench.screen is bench.get_screen("wallboard")
    await bench.pop_screen()
    assert bench.screen is bench.get_screen(name)
    # From elsewhere it stands above the queue.
    await bench.pop_screen()
    await bench.navigator.show_ticket(ShowTicket(1))
    bench.reports.open_wallboard()
    assert bench.screen_stack[1:] == [bench.queue, bench.get_screen("wallboard")]


async def test_without_a_connection_no_report_opens(bench: Bench) -> None:
    bench.context.store.me = None
    bench.reports.open_reports()
    assert bench.screen is bench.queue
    assert bench.toasts == ["Not connected yet."]


def messages_of(module: object, base: type[Message]) -> Iterator[type[Message]]:
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, base) and kind is not base:
            yield kind


def test_every_request_and_result_has_a_handler() -> None:
    router = Deskwire({})._router
    kinds = [
        *messages_of(requests, requests.AppRequest),
        *messages_of(results, results.RequestResult),
    ]
    assert [kind for kind in kinds if router.find_handler(kind) is None] == []
