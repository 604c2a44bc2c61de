#!/bin/sh
# A line more in a Textual ScrollView has the whole screen laid out anew, though no widget gets another place or size.
#
# Versions: textual 8.2.8, CPython 3.11.
# Expected: a ScrollView of height 1fr has the room that is left, whatever is in it: another virtual_size moves its scrollbar and no more.
# Seen: virtual_size is a reactive with layout=True. Each line that is appended arranges every widget of the screen, the title above, too.
# Output: "10 lines appended: 10 layouts of the screen; the view had 9 rows before and has 9 rows after".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install textual==8.2.8
cat > "$folder/appended.py" <<'PYTHON'
import asyncio
import sys

from textual.app import App
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static


class Log(ScrollView):
    DEFAULT_CSS = "Log { width: 1fr; height: 1fr; }"

    def render_line(self, y):
        return Strip.blank(self.size.width)


class Shown(App):
    layouts = 0

    def compose(self):
        yield Static("a title")
        yield Log()

    def on_mount(self):
        self.screen.screen_layout_refresh_signal.subscribe(self, self.count_layout)

    def count_layout(self, _screen):
        self.layouts += 1


async def append_lines():
    app = Shown()
    async with app.run_test(size=(40, 10)) as pilot:
        log = app.query_one(Log)
        log.virtual_size = Size(0, 100)  # long enough for the scrollbar, which needs a layout
        await pilot.pause()
        rows, before = log.size.height, app.layouts
        for count in range(101, 111):
            log.virtual_size = Size(0, count)
            await pilot.pause()
        return app.layouts - before, rows, log.size.height


layouts, before, after = asyncio.run(append_lines())
print(
    f"10 lines appended: {layouts} layouts of the screen; "
    f"the view had {before} rows before and has {after} rows after"
)
sys.exit((layouts, before, after) != (10, 9, 9))
PYTHON
"$folder/venv/bin/python" "$folder/appended.py"
