"""A customer's browser without scripts: it follows links and sends forms, with cookies."""

from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.support.html_pages import (
    Form,
    HtmlPage,
    find_accessibility_faults,
    find_foreign_addresses,
)


def encode(form: Form, *files: tuple[str, bytes], **values: str) -> Any:
    """A form as browsers send it; where it may have files and none was chosen, an empty part."""
    fields = form.fill(**values)
    if form.enctype != "multipart/form-data":
        assert not files
        return fields
    body = aiohttp.FormData(fields, quote_fields=False)
    for name, content in files or (("", b""),):
        body.add_field("file", content, filename=name, content_type="application/octet-stream")
    return body


class Visitor:
    """`page` is what the browser shows; every page is checked for what each must be."""

    def __init__(self, web: aiohttp.ClientSession, http: str) -> None:
        self.web = web
        self.http = http
        self.status = 0
        self.headers: Any = {}
        self.page = HtmlPage("<html><body></body></html>")

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    async def open(self, path: str, **headers: str) -> HtmlPage:
        return await self.ask("GET", self.http + path, headers=headers)

    async def follow(self, words: str) -> HtmlPage:
        """Follows the link with these words."""
        return await self.ask("GET", self.page.link(words))

    async def send(self, action: str, *files: tuple[str, bytes], **values: str) -> HtmlPage:
        """Sends the form of the page whose address ends in `action`, filled in."""
        form = self.page.form(action)
        return await self.ask("POST", form.action, data=encode(form, *files, **values))

    async def ask(self, method: str, url: str, **more: Any) -> HtmlPage:
        async with self.web.request(method, url, **more) as reply:
            assert reply.content_type == "text/html", await reply.text()
            self.status, self.headers = reply.status, reply.headers
            self.page = HtmlPage(await reply.text(), str(reply.url))
        assert find_accessibility_faults(self.page) == []
        assert find_foreign_addresses(self.page) == []
        return self.page
