"""A Postfix of a test's own on a loopback port, where one is installed and the tests run as root.

It takes mail for one domain, and passes it on to where the test says.
"""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.acme.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
local_transport = error:no local mail
relay_domains = {domain}
smtpd_relay_restrictions = permit_mynetworks, reject
transport_maps = inline:{{ {domain}={transport} }}
recipient_delimiter = +
lmtp_destination_recipient_limit = 50
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
smtpd_tls_security_level = {tls}
{more}
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

needs_postfix = pytest.mark.skipif(
    shutil.which("postfix", path="/usr/sbin:/sbin:" + os.environ.get("PATH", "")) is None
    or os.geteuid() != 0,
    reason="needs Postfix on the machine, and root to start it",
)


class Postfix:
    """A running Postfix; `url` is where it takes mail."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.port = port

    def flush(self) -> None:
        """Tries all mail in the queue again, at once."""
        _run("postqueue", "-c", str(self.folder / "etc"), "-f")

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()


@contextmanager
def postfix(
    transport: str, *, domain: str = "acme.example", tls: str = "none", more: str = ""
) -> Iterator[Postfix]:
    """Runs Postfix inside the block, which passes mail for the domain to a transport."""
    with tempfile.TemporaryDirectory(prefix="postfix-") as name:
        folder, port = Path(name), _find_port()
        # Postfix works as a user of its own. A folder of pytest is closed to others time and again.
        folder.chmod(0o711)
        for part in ("etc", "spool", "data"):
            (folder / part).mkdir()
        shutil.chown(folder / "data", "postfix")
        values = {"folder": folder, "domain": domain, "transport": transport, "tls": tls}
        (folder / "etc/main.cf").write_text(_MAIN.format_map({**values, "more": more}))
        (folder / "etc/master.cf").write_text(_MASTER.format(port=port))
        started = Postfix(folder, port)
        _run("postfix", "-c", str(folder / "etc"), "start")
        try:
            yield started
        finally:
            _run("postfix", "-c", str(folder / "etc"), "stop")


def _run(name: str, *arguments: str) -> None:
    found = shutil.which(name, path="/usr/sbin:/sbin:" + os.environ.get("PATH", "")) or name
    done = subprocess.run(
        [found, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
