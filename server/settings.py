"""What an operator decides: one frozen object, made once from flags and environment."""

from typing import Final

from msgspec import Struct

_PORTS: Final = range(65_536)


class Settings(Struct, frozen=True, kw_only=True):
    """See the settings table of the README; every field is a flag of `serve` and `demo`."""

    database: str = "sqlite:///deskwire.db"
    http: str = "127.0.0.1:8080"
    stream: str = "tcp://127.0.0.1:5556"
    stream_advertise: str | None = None
    public_url: str | None = None
    rate_limit: int = 100
    max_body: int = 1_048_576
    log_format: str | None = None

    @property
    def http_address(self) -> tuple[str, int]:
        """Host and port to listen on. Raises ValueError where the port is none."""
        host, _, port = self.http.rpartition(":")
        if int(port) not in _PORTS:
            raise ValueError(port)
        return host.strip("[]"), int(port)

    @property
    def has_stream_port(self) -> bool:
        """False where the stream's port is too large to be one; ZeroMQ would take its rest."""
        port = self.stream.rpartition(":")[2]
        return not port.isdecimal() or int(port) in _PORTS
