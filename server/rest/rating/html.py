"""The rating form as HTML: one page that asks nobody for anything, and works without scripts."""

from html import escape
from typing import Final

from msgspec import Struct

from common.text import COMMENT_LIMIT

SCORE_LABELS: Final = {"1": "Bad", "2": "Poor", "3": "Fair", "4": "Good", "5": "Excellent"}


class RatingForm(Struct, frozen=True):
    """What a form shows: `chosen` and `comment` as they were given, right or not."""

    number: int
    subject: str
    chosen: str = ""
    comment: str = ""
    faults: tuple[str, ...] = ()


def render_form(it: RatingForm) -> str:
    """The form, with a score chosen where one was."""
    choices = "\n".join(
        _render_choice(score, label, it.chosen) for score, label in SCORE_LABELS.items()
    )
    faults = "".join(f"<li>{escape(says)}</li>" for says in it.faults)
    return _render_page(
        "How did we do?",
        f"""<p>Ticket #{it.number}: {escape(it.subject)}</p>
{f'<ul class="fault" role="alert">{faults}</ul>' if faults else ""}
<form method="post" action="?">
<fieldset><legend>Your rating</legend>
{choices}
</fieldset>
<p><label for="comment">Anything you want to add (optional)</label>
<textarea id="comment" name="comment" rows="5" maxlength="{COMMENT_LIMIT}">
{escape(it.comment)}</textarea></p>
<p><button type="submit">Send my rating</button></p>
</form>""",
    )


def render_thanks(number: int, score: int) -> str:
    """What is shown once it is recorded."""
    says = f"Ticket #{number}: you gave {score} of 5, {SCORE_LABELS[str(score)].lower()}."
    return _render_page(
        "Thank you",
        f"""<p role="status">{says}</p>
<p><a href="?score={score}">Change it</a>, as long as this link works.</p>""",
    )


def render_refusal(title: str, says: str) -> str:
    return _render_page(title, f'<p role="alert">{escape(says)}</p>')


def _render_choice(score: str, label: str, chosen: str) -> str:
    checked = " checked" if score == chosen else ""
    return (
        f'<label><input type="radio" name="score" value="{score}" required{checked}> '
        f"{score} {label}</label>"
    )


def _render_page(title: str, body: str) -> str:
    return _DOCUMENT.format(title=escape(title), body=body)


_DOCUMENT: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.05rem/1.5 system-ui, sans-serif; margin: 2rem auto; padding: 0 1rem }}
body {{ max-width: 36rem }}
p {{ overflow-wrap: anywhere }}
fieldset {{ border: 1px solid #767b82; border-radius: 6px }}
fieldset label {{ display: block; padding: .5rem 0 }}
textarea {{ display: block; width: 100%; box-sizing: border-box; font: inherit }}
button {{ font: inherit; padding: .6rem 1.2rem }}
.fault {{ border-left: 4px solid #b3261e; padding-left: 2rem }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""
