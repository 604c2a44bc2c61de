"""Signs in, runs the session until it ends, and signs out."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App

from tui.messages.requests import SignIn
from tui.model.context import ServerLink
from tui.model.inbox import AgentInbox
from tui.model.macro_library import MacroLibrary
from tui.model.working_times import WorkingTimes
from tui.screens.sign_in import SignInScreen
from tui.shell.message_router import RouteTable
from tui.shell.services import HandlerServices

if TYPE_CHECKING:
    from tui.shell.session import AgentSession


class SignInHandlers:
    """The session of an app; `is_wallboard`: it shows figures alone, and signs in again."""

    def __init__(
        self,
        app: App[None],
        services: HandlerServices,
        screen: SignInScreen,
        on_link: Callable[[ServerLink], None],
        adopt_session: Callable[["AgentSession"], None],
        *,
        times: WorkingTimes,
        is_wallboard: bool,
        greeting: str = "",
    ) -> None:
        """`adopt_session` takes its outbox and drafts. `greeting` is shown once, over the queue."""
        self._greeting = greeting
        self._app, self._services, self._screen, self._on_link = app, services, screen, on_link
        self._adopt_session, self._times, self._is_wallboard = adopt_session, times, is_wallboard
        self._is_signing_in = False

    @property
    def routes(self) -> RouteTable:
        return {SignIn: self._start_sign_in}

    def _start_sign_in(self, request: SignIn) -> None:
        if self._is_signing_in:
            return
        self._is_signing_in = True
        self._services.context.server_url = request.server
        self._screen.show_message("Signing in …", "dim")
        self._screen.call_after_refresh(self._run_session_task, request)

    def _run_session_task(self, request: SignIn) -> None:
        self._services.run_task(self._open_session(request))

    async def _open_session(self, request: SignIn) -> None:
        # After that message is painted: the network's libraries take their time.
        from tui.shell.session import AgentSession, SignInFailed

        session: AgentSession | None = None
        store, post = self._services.context.store, self._app.post_message
        try:
            session = await AgentSession.sign_in(
                request, store, post, self._handle_link, self._times
            )
            self._services.session = session
        except SignInFailed as error:
            self._screen.show_refusal(str(error), is_token_dead=error.is_token_dead)
        else:
            await self._run_session(session)
        finally:
            if self._app.is_running:  # at the program's end `on_unmount` signs out
                self._services.session, self._is_signing_in = None, False
        if session is not None and self._is_wallboard:
            self._screen.action_submit()

    async def _run_session(self, session: "AgentSession") -> None:
        """Shows the queue, and works until the session ends."""
        context = self._services.context
        context.drafts, context.outbox = session.drafts, session.outbox
        self._adopt_session(session)
        context.inbox = AgentInbox()
        context.macros, context.public_url = MacroLibrary(), session.public_url
        self._screen.show_message("", "plain")
        if not self._is_wallboard:  # nobody stands there to type it again
            self._screen.forget_password()
        await self._app.push_screen("queue")
        if self._greeting:
            self._services.show_toast(self._greeting, "warn")
            self._greeting = ""
        # A wallboard is not an agent who can be assigned a ticket.
        await session.run(attends=not self._is_wallboard)
        await session.close()

    def _handle_link(self, link: ServerLink) -> None:
        self._services.context.link = link
        if link.state == "signed_out":
            self._go_to_sign_in()
        else:
            self._on_link(link)

    def _go_to_sign_in(self) -> None:
        while self._app.screen is not self._screen and len(self._app.screen_stack) > 1:
            self._app.pop_screen()
        self._screen.show_end_of_session()
