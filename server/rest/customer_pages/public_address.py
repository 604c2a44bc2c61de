"""The address under which browsers reach the pages: the operator's setting. Pure."""

from urllib.parse import urlsplit

from msgspec import Struct


class PublicAddress(Struct, frozen=True):
    """The parts of `--public-url`; without one, of the address that the server listens on."""

    url: str

    @property
    def hosts(self) -> set[str]:
        """The host and port in a browser's `Origin`, as a set; empty before it is known."""
        return {urlsplit(self.url).netloc.lower()} - {""}

    @property
    def is_secure(self) -> bool:
        """Returns whether cookies may be kept to HTTPS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def prefix(self) -> str:
        """The path before ours, without a slash at its end; empty for none."""
        return urlsplit(self.url).path.rstrip("/")
