"""Pages on demand: tickets that a snapshot does not hold, fetched as a tab is scrolled."""

from tui.client import Client
from tui.queues import Tab
from tui.store import Store


class Pager:
    """How far each tab has been fetched. Resolved and all go on by page, last changed first."""

    def __init__(self, client: Client, store: Store) -> None:
        raise NotImplementedError

    async def more(self, tab: Tab) -> bool:
        """Fetch the tab's next page into the store. False: there is none. One fetch at a time."""
        raise NotImplementedError

    def is_complete(self, tab: Tab) -> bool:
        """Whether the store holds all of the tab's tickets."""
        raise NotImplementedError
