"""The rating page as HTML: it loads nothing from anywhere, and works without scripts."""

from typing import Final

from msgspec import Struct
from msgspec.structs import asdict

from common.text import COMMENT_LIMIT
from server.rendering.template_files import load_templates

SCORE_LABELS: Final = {"1": "Bad", "2": "Poor", "3": "Fair", "4": "Good", "5": "Excellent"}
_TEMPLATES: Final = load_templates("server.rest.rating")


class RatingForm(Struct, frozen=True):
    """The values of a form; `chosen` and `comment` as they were sent, valid or not."""

    number: int
    subject: str
    chosen: str = ""
    comment: str = ""
    errors: tuple[str, ...] = ()


def render_form(form: RatingForm) -> str:
    """Returns the page with the form; a score is chosen where `chosen` is one."""
    return _TEMPLATES.get_template("form.html").render(
        asdict(form), score_labels=SCORE_LABELS, comment_limit=COMMENT_LIMIT
    )


def render_thanks(number: int, score: int) -> str:
    """Returns the page that follows a recorded rating."""
    return _TEMPLATES.get_template("thanks.html").render(
        number=number, score=score, label=SCORE_LABELS[str(score)]
    )


def render_refusal(title: str, detail: str) -> str:
    """Returns the page that says why a link or a form was refused."""
    return _TEMPLATES.get_template("refusal.html").render(title=title, detail=detail)
