"""The completions of `@` while one writes, and the people whom it tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert, to_builtins

from common.people import Presence, Role
from common.wire import MentionableView, Mentions, MeView, PersonRef, UserView
from tui.model.mention_hints import MentionDirectory, describe_notified, fit_menu
from tui.model.store import Store


def user(user_id: int, name: str, role: Role = Role.AGENT) -> UserView:
    return UserView(
        id=user_id,
        name=name,
        role=role,
        skills=(),
        presence=Presence.AVAILABLE if user_id % 2 else Presence.OFFLINE,
    )


PEOPLE = [
    user(1, "Ana Sousa"),
    user(2, "Anton Berg"),
    user(3, "Bo Lindqvist"),
    user(4, "Eva Bo"),
    user(5, "Max Stone"),
    user(6, "Max Stone"),
    user(7, "Siân d'Arcy"),
    user(8, "王小明"),
    user(9, "Gone Girl"),
    user(10, "Ana Customer", role=Role.CUSTOMER),
]

HANDLES = {
    1: "ana",
    2: "a.berg",
    3: "bo",
    4: "eva",
    5: "max.one",
    6: "max.two",
    7: "sian",
    8: "wang",
}


@pytest.fixture
def directory() -> MentionDirectory:
    store = Store()
    store.users = {person.id: person for person in PEOPLE}
    directory = MentionDirectory(store)
    names = {person.id: person.name for person in PEOPLE}
    directory.load_handles(MentionableView(it, names[it], handle) for it, handle in HANDLES.items())
    return directory


@pytest.mark.parametrize(
    ("before", "texts"),
    [
        ("Hello @an", ["@Ana Sousa", "@Anton Berg"]),
        ("@A.B", ["@Anton Berg"]),
        ("@lind", ["@Bo Lindqvist"]),
        ("@Ana s", ["@Ana Sousa"]),
        ("@bo", ["@Bo Lindqvist", "@Eva Bo"]),
        ("@max", ["@max.one", "@max.two"]),
        ("@SIAN", ["@Siân d'Arcy"]),
        ("@siân d\u2019", ["@Siân d'Arcy"]),
        ("请\uff20王", ["@王小明"]),
    ],
)
def test_a_beginning_of_any_name_or_handle_offers_who_is_called_so(
    directory: MentionDirectory, before: str, texts: list[str]
) -> None:
    offer = directory.complete_mention(before)
    assert offer
    assert [suggestion.text for suggestion in offer.suggestions] == texts


@pytest.mark.parametrize(
    "before",
    ["", "no name", "a@b", "ana@", "@ ana", "@Gone", "@Ana C", "@Ana Sousa", "@ana\nSousa"],
)
def test_nothing_is_offered_where_no_name_is_begun(
    directory: MentionDirectory, before: str
) -> None:
    assert directory.complete_mention(before) is None


def test_an_at_alone_offers_those_who_are_there_first(directory: MentionDirectory) -> None:
    offer = directory.complete_mention("see @")
    assert offer
    assert offer.start == 4
    assert [it.text for it in offer.suggestions][:3] == ["@Ana Sousa", "@Bo Lindqvist", "@max.one"]


def test_what_is_taken_tells_that_agent_alone(directory: MentionDirectory) -> None:
    for person in PEOPLE[:8]:
        offer = directory.complete_mention("@" + person.name[:-1])
        assert offer
        texts = [it.text for it in offer.suggestions if it.name.startswith(person.name)]
        told = [it.ids for text in texts for it in directory.read_mentions(f"{text} hello")]
        assert (person.id,) in told


def test_it_is_said_who_is_told_and_what_is_wrong(directory: MentionDirectory) -> None:
    text = "@ana and @bo: @Joe and @Max Stone? @Gone Girl has left"
    assert directory.describe_mentions(directory.read_mentions(text)) == (
        "Ana Sousa, Bo Lindqvist",
        (
            "@Joe names nobody. @Max Stone notifies nobody: it could be Max Stone (@max.one) or"
            " Max Stone (@max.two). @Gone Girl names nobody."
        ),
    )
    assert directory.describe_mentions(directory.read_mentions("nobody")) == ("", "")


def test_a_colleague_who_comes_or_is_renamed_is_known_at_once(directory: MentionDirectory) -> None:
    assert directory.complete_mention("@zo") is None
    directory._store.users[11] = user(11, "Zoe Z")
    assert directory.complete_mention("@zo")


def test_the_result_says_who_was_told_and_who_was_not() -> None:
    ana = PersonRef(1, "Ana Sousa")
    assert describe_notified(None) == ("", True)
    assert describe_notified(Mentions((), ())) == ("", True)
    assert describe_notified(Mentions((ana,), ())) == (" · notified Ana Sousa", True)
    assert describe_notified(Mentions((ana,), ("@Joe",))) == (
        " · nobody was notified of @Joe · notified Ana Sousa",
        False,
    )


def test_colleagues_who_are_called_alike_can_be_told_apart(directory: MentionDirectory) -> None:
    offer = directory.complete_mention("@max")
    assert offer
    names = [suggestion.name for suggestion in offer.suggestions]
    assert names == ["Max Stone (max.one)", "Max Stone (max.two)"]


def test_nobody_is_offered_their_own_name(directory: MentionDirectory) -> None:
    store = directory._store
    store.me = convert(
        to_builtins(store.users[1]) | {"org_id": 1, "email": "", "capacity": 1, "active": True},
        MeView,
    )
    offer = directory.complete_mention("@an")
    assert offer
    assert [suggestion.name for suggestion in offer.suggestions] == ["Anton Berg"]


@given(
    widths=st.lists(st.integers(1, 30), min_size=1, max_size=20),
    marked=st.integers(0, 19),
    room=st.integers(0, 80),
)
def test_the_marked_name_is_shown_and_as_many_beside_it_as_fit(
    widths: list[int], marked: int, room: int
) -> None:
    marked = min(marked, len(widths) - 1)
    shown = fit_menu(widths, marked, room)
    assert marked in shown
    assert sum(widths[at] for at in shown) <= room or len(shown) == 1
    end = shown.stop
    assert end == len(widths) or sum(widths[at] for at in range(shown.start, end + 1)) > room
