"""The page under /docs works offline, and shows every operation in a real browser."""

import re
import shutil
import subprocess
from pathlib import Path

import anyio.to_thread
import pytest

from common.endpoints import ENDPOINTS
from server.rest.openapi.api_viewer_routes import CONTENT_SECURITY_POLICY
from server.rest.openapi.event_webhooks import describe_webhooks
from tests.support.desk import Org
from tests.support.marks import on_sqlite

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--virtual-time-budget=60000",
]


def render(url: str, profile: Path) -> tuple[str, str]:
    """Returns the page as a browser has made it, and what the browser logged."""
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER,
            *FLAGS,
            "--enable-logging=stderr",
            f"--user-data-dir={profile}",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    return done.stdout, done.stderr


@on_sqlite
@pytest.mark.skipif(BROWSER is None, reason="needs Chromium on the PATH")
async def test_a_browser_shows_every_operation_and_every_webhook(org: Org, tmp_path: Path) -> None:
    url = f"{org.stranger.http}/docs"
    page, log = await anyio.to_thread.run_sync(render, url, tmp_path)
    shown = set(re.findall(r'id="operations-[^"]*-([^"-]+)"', page.replace("\\", "")))
    assert {endpoint.name for endpoint in ENDPOINTS} <= shown
    assert {f"sent.{type_}" for type_ in describe_webhooks()} <= shown
    assert "Could not render" not in page
    assert "CONSOLE" not in log, log


@on_sqlite
async def test_the_page_loads_only_files_of_this_server(org: Org) -> None:
    page = await org.stranger.get("//docs")
    assert page.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    sources = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert set(sources) - {"data:,", "openapi.json"} == {
        "docs/swagger-ui.css",
        "docs/swagger-ui-bundle.js",
        "docs/start.js",
    }
    for source in set(sources) - {"data:,"}:
        assert (await org.stranger.get(f"//{source}")).status == 200, source


@on_sqlite
async def test_a_file_that_the_page_does_not_have_is_not_found(org: Org) -> None:
    for name in ("index.html", "..%2Fopenapi_document.py", "NOTICE"):
        (await org.stranger.get(f"//docs/{name}")).expect(404, "not-found")


@on_sqlite
async def test_the_large_files_travel_compressed(org: Org) -> None:
    reply = await org.stranger.ask("GET", "//docs/swagger-ui-bundle.js")
    assert reply.headers["Content-Encoding"] in {"gzip", "deflate"}
