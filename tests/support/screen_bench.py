"""One screen of the workstation without the rest of the app: what it asks for is collected."""

from textual import on
from textual.app import App
from textual.screen import Screen

from common.organization import Organization
from common.people import Presence, Role
from common.wire import MeView, Page, Queues, TicketView
from tui.messages.requests import AppRequest
from tui.model.context import ServerLink, WorkstationContext
from tui.model.store import Snapshot, Store
from tui.shell.app import Deskwire
from tui.shell.theme import PLAIN_VARIABLES

ORG = 4821


def make_context(*tickets: TicketView, user_id: int = 102) -> WorkstationContext:
    """The context of a supervisor who is connected and knows these tickets."""
    context = WorkstationContext(Store())
    context.link = ServerLink("live")
    load_snapshot(context, *tickets, user_id=user_id)
    return context


def load_snapshot(context: WorkstationContext, *tickets: TicketView, user_id: int) -> None:
    me = MeView(
        org_id=ORG, id=user_id, email="ana@example.org", name="Ana", role=Role.SUPERVISOR,
        skills=(), capacity=10, presence=Presence.AVAILABLE, active=True,
    )  # fmt: skip
    context.store.reset(
        Snapshot(
            me=me,
            organization=Organization(name="Acme", org_id=ORG),
            users=[],
            queues=Queues(0, 0, len(tickets), 0, 0, 0, 5),
            tickets=Page(list(tickets), None, 5),
        )
    )


class ScreenBench(App[None]):
    """Shows one screen, and keeps the requests that it posts."""

    CSS_PATH = Deskwire.CSS_PATH

    def __init__(self, screen: Screen[None]) -> None:
        super().__init__()
        self._shown = screen
        self.requests: list[AppRequest] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return PLAIN_VARIABLES

    async def on_mount(self) -> None:
        await self.push_screen(self._shown)

    @on(AppRequest)
    def _collect(self, request: AppRequest) -> None:
        self.requests.append(request)
