"""Settings of the operator: one frozen object, made once from flags and environment."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final, TypeAlias

from msgspec import Struct

_PORTS: Final = range(65_536)
_ENDPOINT: Final = re.compile(r"tcp://(\[[0-9a-fA-F:.%\w]+\]|[^\s:/]+):[0-9]{1,5}")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@*]+")
_LIST: Final = re.compile(r"[,\s]+")
_URL: Final = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")

Network: TypeAlias = IPv4Network | IPv6Network


class Settings(Struct, frozen=True, kw_only=True):
    """See the settings table of docs/deployment.md; every field is a flag of `serve` and `demo`."""

    database: str = "sqlite:///deskwire.db"
    database_connections: int = 16
    database_pooler: str = "auto"
    http: str = "127.0.0.1:8080"
    stream: str = "tcp://127.0.0.1:5556"
    stream_advertise: str | None = None
    public_url: str | None = None
    smtp_url: str | None = None
    mail_from: str | None = None
    mail_listen: str | None = None
    max_mail: int = 41_943_040
    mail_authserv_id: str | None = None
    imap: str | None = None
    trusted_proxies: str | None = None
    cors_origin: str | None = None
    rate_limit: int = 100
    max_body: int = 1_048_576
    request_timeout: int = 20
    log_format: str | None = None
    webhook_allow_private: bool = False
    files: str | None = None
    max_attachment: int = 104_857_600

    @property
    def http_address(self) -> tuple[str, int]:
        """The host and port to listen on. Raises ValueError for an invalid port."""
        host, _, port = self.http.rpartition(":")
        if int(port) not in _PORTS:
            raise ValueError(port)
        return host.strip("[]"), int(port)

    @property
    def has_stream_port(self) -> bool:
        """False if the stream's port is too large: ZeroMQ would use its lower 16 bits."""
        port = self.stream.rpartition(":")[2]
        return not port.isdecimal() or int(port) in _PORTS

    @property
    def has_endpoint_to_advertise(self) -> bool:
        """False if the endpoint to advertise to clients is malformed."""
        return self.stream_advertise is None or bool(_ENDPOINT.fullmatch(self.stream_advertise))

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """The networks of trusted proxies. Raises ValueError for a malformed one."""
        return tuple(ip_network(it) for it in _LIST.split(self.trusted_proxies or "") if it)

    @property
    def cors_origins(self) -> frozenset[str]:
        """The origins whose pages may use the API. Raises ValueError for a malformed one."""
        origins = frozenset(it.lower() for it in _LIST.split(self.cors_origin or "") if it)
        for origin in origins - {"*"}:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(origin)
        return origins

    @property
    def has_public_url(self) -> bool:
        """False if the base of links in mails is malformed."""
        return self.public_url is None or bool(_URL.fullmatch(self.public_url))
