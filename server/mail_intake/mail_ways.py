"""The ways in for mail that a running server has open, by its settings."""

from server.mail_intake.imap_poller import ImapPoller
from server.mail_intake.mail_addresses import parse_imap_url, parse_mail_listen
from server.mail_intake.mail_gateway import MailGateway
from server.mail_intake.mail_listener import MailListener
from server.settings import Settings


class MailWays:
    """The listener and the poller; without settings for them there is none."""

    def __init__(self, gateway: MailGateway, settings: Settings) -> None:
        self._gateway = gateway
        listen, imap, limit = settings.mail_listen, settings.imap, settings.max_mail
        self._listener = (
            None if listen is None else MailListener(gateway, parse_mail_listen(listen), limit)
        )
        self._poller = None if imap is None else ImapPoller(gateway, parse_imap_url(imap), limit)

    async def open(self) -> str:
        """Opens them; returns the address that is listened on, '' for none. Raises OSError."""
        if self._poller is not None:
            self._poller.start()
        if self._listener is None:
            return ""
        await self._listener.open()
        return self._listener.url

    async def close(self) -> None:
        """Closes them; mails that are not committed come again."""
        if self._listener is not None:
            await self._listener.close()
        if self._poller is not None:
            await self._poller.stop()
        await self._gateway.close()
