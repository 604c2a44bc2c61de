#!/bin/sh
# Text selected in a Textual widget that draws by render_line is copied as the widget's name.
#
# Versions: textual 8.2.8, CPython 3.11.
# Expected: what is copied is what is on the screen, or the widget cannot be selected.
# Seen: the widget is selectable (allow_select is True), and the copied text is its name, "Row#first": get_selection reads the
# default render(), which draws the name. A line-drawn widget has to override get_selection, or to set ALLOW_SELECT = False.
# Output: "selectable: True, copied: 'Row#first'".
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet --disable-pip-version-check install textual==8.2.8
cat > "$folder/shown.py" <<'PYTHON'
import asyncio
import sys

from rich.segment import Segment
from textual.app import App
from textual.selection import SELECT_ALL
from textual.strip import Strip
from textual.widget import Widget


class Row(Widget):
    def render_line(self, y):
        return Strip([Segment("the text on the screen")])


class Shown(App):
    def compose(self):
        yield Row(id="first")


async def copied():
    app = Shown()
    async with app.run_test(size=(40, 5)) as pilot:
        row = app.query_one(Row)
        app.screen.selections = {row: SELECT_ALL}
        await pilot.pause()
        return row.allow_select, app.screen.get_selected_text()


selectable, text = asyncio.run(copied())
print(f"selectable: {selectable}, copied: {text!r}")
sys.exit((selectable, text) != (True, "Row#first"))
PYTHON
"$folder/venv/bin/python" "$folder/shown.py"
