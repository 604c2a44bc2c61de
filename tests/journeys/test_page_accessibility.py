"""Customers' pages under axe in a real browser, in both colour schemes, where both are installed.

Set `AXE_CORE` to the file `axe.min.js` of axe-core, and have Chromium on the PATH. The checks that
need neither are in `tests/support/html_pages.py` and `tests/laws/test_page_looks.py`.
"""

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.desk import Org
from tests.support.link_visitor import LinkVisitor, make_link_visitor
from tests.support.marks import on_sqlite

BROWSER = next(filter(None, map(shutil.which, ["chromium", "chromium-browser"])), None)
AXE = Path(os.environ.get("AXE_CORE", "/usr/share/nodejs/axe-core/axe.min.js"))
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000")
SCHEMES = {"light": "1", "dark": "0"}
"""Chromium's numbers of the colour schemes that pages may ask for."""
RUN = """
<script>{axe}</script>
<script>axe.run(document, {{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']}})
.then(found => {{
  const told = document.createElement('pre');
  told.id = 'axe';
  told.textContent = JSON.stringify({{
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    faults: found.violations.map(it => [it.id, it.nodes.map(node => node.html)]),
  }});
  document.body.append(told);
}});</script></body>"""


def run_axe(html: str, scheme: str, folder: Path) -> Any:
    """Returns what axe finds on a page, opened from a file, whose scripts no policy forbids."""
    file = folder / "page.html"
    file.write_text(html.replace("</body>", RUN.format(axe=AXE.read_text())))
    assert BROWSER is not None
    done = subprocess.run(
        [
            BROWSER,
            *FLAGS,
            f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
            f"--user-data-dir={folder}",
            "--window-size=360,2000",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    found = re.search(r'<pre id="axe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found, done.stdout[-2000:]
    return json.loads(unescape(found[1]))


async def collect_pages(visitor: LinkVisitor) -> dict[str, str]:
    """Every kind of page, as HTML."""
    pages = {}
    await visitor.agent.write(1, "Have you tried the valve?")
    pages["ticket"] = (await visitor.open_link()).html
    await visitor.send("/reply", body="\x07")
    pages["refused"] = visitor.page.html
    await visitor.agent.edit(1, status="resolved")
    pages["resolved"] = (await visitor.open(f"/t/{visitor.token()}?done=solved")).html
    pages["dead"] = (await visitor.open_link(visitor.token(generation=9))).html
    for path in ("sign-in", "code", "password"):
        pages[path] = (await visitor.open(f"/o/{visitor.org.id}/{path}")).html
    cookie = {"Cookie": f"deskwire_session={visitor.customer.token}"}
    pages["list"] = (await visitor.open(f"/o/{visitor.org.id}/", **cookie)).html
    pages["new"] = (await visitor.open(f"/o/{visitor.org.id}/new", **cookie)).html
    return pages


@on_sqlite
@pytest.mark.skipif(BROWSER is None, reason="needs Chromium on the PATH")
@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core: set AXE_CORE to its axe.min.js")
async def test_axe_finds_no_fault_on_any_page(org: Org, tmp_path: Path) -> None:
    pages = await collect_pages(await make_link_visitor(org))
    for scheme in SCHEMES:
        for name, html in pages.items():
            found = await anyio.to_thread.run_sync(run_axe, html, scheme, tmp_path)
            assert found == {"dark": scheme == "dark", "faults": []}, (scheme, name)
