"""What `@` may become while one writes, and whom it tells."""

import pytest

from common.people import Presence, Role
from common.wire import MentionableView, Mentions, PersonRef, UserView
from tui.mention_hints import MentionDirectory, result
from tui.store import Store


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
    directory.take(MentionableView(it, names[it], handle) for it, handle in HANDLES.items())
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
    offer = directory.complete(before)
    assert offer
    assert [suggestion.text for suggestion in offer.suggestions] == texts


@pytest.mark.parametrize(
    "before",
    ["", "no name", "a@b", "ana@", "@ ana", "@Gone", "@Ana C", "@Ana Sousa", "@ana\nSousa"],
)
def test_nothing_is_offered_where_no_name_is_begun(
    directory: MentionDirectory, before: str
) -> None:
    assert directory.complete(before) is None


def test_an_at_alone_offers_those_who_are_there_first(directory: MentionDirectory) -> None:
    offer = directory.complete("see @")
    assert offer
    assert offer.start == 4
    assert [it.name for it in offer.suggestions][:3] == ["Ana Sousa", "Bo Lindqvist", "Max Stone"]


def test_what_is_taken_tells_that_agent_alone(directory: MentionDirectory) -> None:
    for person in PEOPLE[:8]:
        offer = directory.complete("@" + person.name[:-1])
        assert offer
        texts = [it.text for it in offer.suggestions if it.name == person.name]
        told = [it.ids for text in texts for it in directory.read(f"{text} hello")]
        assert (person.id,) in told


def test_it_is_said_who_is_told_and_what_is_wrong(directory: MentionDirectory) -> None:
    text = "@ana and @bo: @Joe and @Max Stone? @Gone Girl has left"
    assert directory.describe(directory.read(text)) == (
        "Ana Sousa, Bo Lindqvist",
        "@Joe names nobody. @Max Stone may be Max Stone or Max Stone. @Gone Girl names nobody.",
    )
    assert directory.describe(directory.read("nobody")) == ("", "")


def test_a_colleague_who_comes_or_is_renamed_is_known_at_once(directory: MentionDirectory) -> None:
    assert directory.complete("@zo") is None
    directory._store.users[11] = user(11, "Zoe Z")
    assert directory.complete("@zo")


def test_the_result_says_who_was_told_and_who_was_not() -> None:
    ana = PersonRef(1, "Ana Sousa")
    assert result(None) == ("", True)
    assert result(Mentions((), ())) == ("", True)
    assert result(Mentions((ana,), ())) == (" · told Ana Sousa", True)
    assert result(Mentions((ana,), ("@Joe",))) == (
        " · told Ana Sousa · @Joe: nobody was told",
        False,
    )
