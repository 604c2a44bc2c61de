"""Styles of the parts of drawn lines: classes of the sheet, looked up when one is drawn first."""

from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from rich.style import Style
from textual.app import App
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.widget import Widget


class PartWidget(Widget):
    """A widget whose lines are parts, each with the name of a style.

    The sheet has the style `dim` of widgets with the prefix `line` as the class `.line--dim`. No
    widget stands before it there: a class looks the same wherever it is.
    """

    STYLE_PREFIX: ClassVar[str]
    STYLE_NAMES: ClassVar[frozenset[str]]

    def __init__(self, *children: Widget, **options: Any) -> None:
        super().__init__(*children, **options)
        self._found_styles: dict[tuple[str, ...], Style] = {}

    def find_style(self, *names: str) -> Style:
        """Returns the widget's style with these named ones on it, the last on top.

        Raises KeyError for a name that is not in STYLE_NAMES.
        """
        style = self._found_styles.get(names)
        if style is None:
            if unknown := set(names) - self.STYLE_NAMES:
                raise KeyError(*unknown)
            style = self.rich_style
            for name in names:
                style += _find_class_style(self.app, f"{self.STYLE_PREFIX}--{name}")
            self._found_styles[names] = style
        return style

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._found_styles.clear()


class _ClassStyles:
    """The styles of classes by the rules of a sheet, which are others in another theme."""

    def __init__(self, rules: list[RuleSet]) -> None:
        self.rules = rules
        self.by_name: dict[str, Style] = {}


_KNOWN: WeakKeyDictionary[Stylesheet, _ClassStyles] = WeakKeyDictionary()


def _find_class_style(app: App[object], name: str) -> Style:
    sheet = app.stylesheet
    known = _KNOWN.get(sheet)
    if known is None or known.rules is not sheet.rules:
        known = _KNOWN[sheet] = _ClassStyles(sheet.rules)
    style = known.by_name.get(name)
    if style is None:
        style = known.by_name[name] = _resolve_class(app, name)
    return style


def _resolve_class(app: App[object], name: str) -> Style:
    # As Textual resolves the component classes of a widget, but once for all widgets.
    node = DOMNode(classes=name)
    node._attach(app)  # noqa: SLF001 - nothing public gives a node its place in the tree
    app.stylesheet.apply(node)
    return node.styles.partial_rich_style
