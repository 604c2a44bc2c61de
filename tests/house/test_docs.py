"""The documentation under test: what there is stands in it, and what stands in it is there."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from msgspec.structs import fields

from common import topics
from common.endpoints import ENDPOINTS
from common.errors import RequestRefused
from common.notifications import Reason
from common.organization import EditOrganization
from common.people import Presence, Role, Scope
from common.preferences import NotificationKind, Relation
from common.queries import TicketQuery
from common.tickets.registry import EVENTS
from common.tickets.ticket import Priority, Status, WaitingOn
from server.__main__ import main as server_command
from server.settings import Settings
from server.transfer import file_format
from tests.support import pages
from tests.support.refusal_classes import list_refusals
from tests.support.source_tree import HOUSE, PRODUCT
from tui.__main__ import main as workstation_command
from tui.keys import KEYS

DOCS = HOUSE / "docs"
README, CONTRIBUTING = HOUSE / "README.md", HOUSE / "CONTRIBUTING.md"
PAGES = [README, CONTRIBUTING, HOUSE / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
API, OPERATIONS, DEPLOYMENT = DOCS / "api.md", DOCS / "operations.md", DOCS / "deployment.md"

LONGEST_LINE = 100

all_pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def rows(page: Path) -> list[list[str]]:
    """The cells of every table row of a page."""
    text = page.read_text()
    return [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]


def row_of(page: Path, first: str) -> str:
    """The row whose first cell names this."""
    found = [cells for cells in rows(page) if f"`{first}`" in cells[0]]
    assert found, f"{page.name} has no row for {first}"
    return "|".join(found[0])


# -- the server, its settings and its commands


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_every_setting_is_documented_with_flag_variable_and_default(field: object) -> None:
    name, default = getattr(field, "name", ""), getattr(field, "default", None)
    row = row_of(DEPLOYMENT, f"--{name.replace('_', '-')}")
    assert f"`DESKWIRE_{name.upper()}`" in row
    assert default is None or f"`{default}`" in row


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, by what one types."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            assert below.name == name
            yield from commands(below, f"{path} {name}")
    else:
        yield path, command


COMMANDS = dict(commands(server_command, "deskwire-server")) | {"deskwire": workstation_command}


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_is_told(path: str) -> None:
    text = "\n".join(page.read_text() for page in (DEPLOYMENT, DOCS / "workstation.md"))
    assert re.search(rf"\b{path}\b", text)
    flags = {flag for option in COMMANDS[path].params for flag in option.opts if flag[0] == "-"}
    assert [flag for flag in flags - {"-h", "--help", "--version"} if flag not in text] == []


def test_every_make_target_is_told() -> None:
    targets = re.findall(r"^([a-z]+):.*##", (HOUSE / "Makefile").read_text(), re.MULTILINE)
    assert [name for name in targets if f"`make {name}`" not in CONTRIBUTING.read_text()] == []


def test_every_plain_route_is_told() -> None:
    source = (HOUSE / "server" / "rest" / "system_routes.py").read_text()
    routes = re.findall(r'web\.get\("(/[^"]+)"', source)
    assert routes
    for route in routes:
        assert f"`GET {route}`" in API.read_text()


def test_every_metric_is_told() -> None:
    source = (HOUSE / "server" / "monitoring" / "metrics.py").read_text()
    names = re.findall(r'"(deskwire_\w+)"', source)
    assert names
    for page in (API, OPERATIONS):
        assert [name for name in names if name not in page.read_text()] == []


# -- the API


def test_what_is_made_from_the_code_is_as_the_code_is() -> None:
    stale = [path.name for path, text in pages.renewed() if path.read_text() != text]
    assert stale == [], "run: python -m tests.support.pages"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_every_endpoint_has_its_row(endpoint: object) -> None:
    method, path = getattr(endpoint, "method", ""), getattr(endpoint, "path", "") or "/"
    assert [method, f"`{path}`"] in [[cell.strip() for cell in cells[:2]] for cells in rows(API)]


RAISED = [kind for kind in list_refusals() if not kind.__subclasses__()]


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.slug)
def test_every_problem_has_its_row_with_its_status(kind: type[RequestRefused]) -> None:
    row = row_of(API, kind.slug)
    # The one refusal whose status varies has that of the web server's own refusal.
    assert f"| {kind.status} |" in row.replace("|", " | ").replace("  ", " ") or "4xx" in row


def event_types() -> list[str]:
    """Those of tickets, and those that the server writes about people and the organization."""
    sources = (path.read_text() for path in (HOUSE / "server").rglob("*.py"))
    others = (re.findall(r'"((?:user|presence|org)\.changed)"', source) for source in sources)
    return sorted({*EVENTS, *(type_ for found in others for type_ in found)})


@pytest.mark.parametrize(
    "type_", [*event_types(), topics.HEARTBEAT, topics.STREAM_MOVED, topics.NOTIFICATION_CREATED]
)
def test_every_event_type_is_told(type_: str) -> None:
    text = API.read_text().partition("## Event types")[2]
    assert f"`{type_}`" in text


def test_every_kind_of_topic_is_told() -> None:
    own = topics.list_granted_topics(4821, 1, 2, b"4821/1/")
    for topic in own:
        row_of(API, topic.decode())


def test_every_role_and_scope_is_told() -> None:
    for name in (*Role, *Scope):
        row_of(API, name)


def test_every_parameter_of_the_ticket_list_is_told() -> None:
    for field in fields(TicketQuery):
        row_of(API, field.name)


def test_every_setting_of_an_organization_is_told() -> None:
    for field in fields(EditOrganization):
        row_of(API, field.name)


def test_every_word_of_the_domain_is_told() -> None:
    text = (DOCS / "domain.md").read_text()
    words = [
        *Status,
        *Priority,
        *WaitingOn,
        *Presence,
        *Role,
        *NotificationKind,
        *Reason,
        *Relation,
    ]
    absent = {word for word in words if not re.search(rf"\b{word}\b", text)}
    assert absent == set()


def test_the_whole_file_of_an_import_is_told() -> None:
    text = (DOCS / "import.md").read_text()
    shapes = (file_format.UserLine, file_format.TicketLine, file_format.TransferEntry)
    names = [*(field.name for shape in shapes for field in fields(shape)), *file_format.EntryKind]
    assert [name for name in names if not re.search(rf'[`"]{name}[`"]', text)] == []


def test_the_examples_of_an_import_can_be_imported() -> None:
    examples = re.findall(r"```json\n(.*?)```", (DOCS / "import.md").read_text(), re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        file_format.decode_line(json.dumps(json.loads(example)).encode())


# -- the glossary


def glossary_terms(column: int) -> list[str]:
    """The names in backticks in one column of the tables that compare with other desks."""
    cells = (row[column] for row in rows(DOCS / "glossary.md") if len(row) == 7)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_the_glossary_names_what_is_in_the_code() -> None:
    code = "\n".join(path.read_text() for path in PRODUCT)
    terms = glossary_terms(0)
    assert len(terms) >= 25
    unknown = [name for name in terms if not re.search(rf"\b{name.split('.')[-1]}\b", code)]
    assert unknown == []


def test_the_glossary_names_what_goes_over_the_wire() -> None:
    text = API.read_text() + (DOCS / "domain.md").read_text()
    unknown = [term for term in glossary_terms(1) if not re.search(rf"(?<!\w){term}\b", text)]
    assert unknown == []


# -- the workstation


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.context.name}-{key.keys}")
def test_every_key_is_told(key: object) -> None:
    text = (DOCS / "workstation.md").read_text()
    for name in getattr(key, "name", "").split():
        assert f"`{name}`" in text


# -- the pages themselves


def headings(page: Path) -> set[str]:
    """The anchors that a page has, as they are made from its headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


@all_pages
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        name, _, anchor = target.partition("#")
        place = (page.parent / name).resolve() if name else page
        assert place.exists(), target
        assert not anchor or anchor in headings(place), target


@all_pages
def test_no_page_names_an_address_or_a_folder_of_one_machine(page: Path) -> None:
    text = page.read_text()
    hosts = re.findall(r"\w+://([^\s/\"'`)<>]*)", text)
    ours = re.compile(r"|127\.0\.0\.1(:\d+)?|0\.0\.0\.0(:\d+)?|.*\.example(:\d+)?")
    assert [host for host in hosts if not ours.fullmatch(host)] == []
    assert re.findall(r"(?<![\w.}~/-])/(?:home|root|Users|tmp|mnt|opt)/", text) == []


@all_pages
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(
        r"`((?:common|server|tui|tests|benchmarks|docs)/[\w/.-]*)`", page.read_text()
    )
    assert [name for name in named if not (HOUSE / name).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, HOUSE / "CHANGELOG.md"], ids=lambda page: page.name)
def test_no_line_of_prose_is_longer_than_a_line_of_code(page: Path) -> None:
    """A page is read in an editor as often as in a browser; tables and code blocks stay whole."""
    prose = re.sub(r"^( *```).*?^\1$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in prose.splitlines() if not line.lstrip().startswith("|")]
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


def test_every_excerpt_names_its_place_in_the_code() -> None:
    """Code without a place is not renewed, and grows stale unnoticed."""
    blocks = re.findall(r"```python\n(.*)\n", CONTRIBUTING.read_text())
    assert blocks
    assert [first for first in blocks if not re.fullmatch(r"# [\w/]+\.py: .+", first)] == []


def test_decisions_are_numbered_without_a_gap() -> None:
    found = sorted((DOCS / "decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in found]
    assert numbers == list(range(1, len(numbers) + 1))
    for number, path in zip(numbers, found, strict=True):
        assert path.read_text().startswith(f"# {number:04} ")
