"""Law 1: a snapshot, plus every envelope after it, equals a fresh snapshot, for any history."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.simulated_world import (
    FILTER,
    World,
    check,
    fresh_store,
    view,
    worlds,
)
from tui.model.queues import Tab
from tui.model.store import EventGap, Store


@given(worlds(), st.data())
def test_a_snapshot_and_every_envelope_after_it_equal_a_fresh_snapshot(
    world: World, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, world.seq))
    rest_at = data.draw(st.integers(at, world.seq))
    store = Store()
    store.reset(world.snapshot(at, rest_at))
    for seq in range(at + 1, world.seq + 1):
        read_at = data.draw(st.integers(seq, world.seq))
        assert store.apply(world.envelope(seq, read_at))
    check(store, world, fresh_store(world))


class Line:
    """A line that loses, repeats and reorders, to a store that catches up when it notices.

    `near` is counted from where the store stands; `late`, how much had happened since.
    """

    def __init__(self, world: World, at: int, rest_at: int) -> None:
        self.world, self.store, self.since = world, Store(), at
        self.store.reset(world.snapshot(at, rest_at))
        for tab in Tab:
            self.store.list_tab_tickets(tab)  # kept in order from now on, not sorted at the end
        self.store.list_tab_tickets(Tab.ALL, FILTER)

    def deliver(self, near: int, late: int) -> None:
        seq = self.at(near)
        if seq:
            try:
                self.store.apply(self.world.envelope(seq, self.later(seq, late)))
            except EventGap:
                self.catch_up(self.later(seq, late))

    def catch_up(self, until: int) -> None:
        for seq in range(self.store.seq + 1, until + 1):
            self.store.apply(self.world.envelope(seq, until))

    def page(self, near: int, _: int) -> None:
        self.store.merge_tickets(self.world.views(self.at(near)), self.at(near))

    def answer(self, near: int, late: int) -> None:
        """A command's answer comes back, before or after its event."""
        seq = self.at(near)
        happened = self.world.log[seq - 1].ticket if seq > self.since else None
        if happened is not None:
            self.store.merge_tickets(
                [view(happened, self.world.states[self.later(seq, late)].names)]
            )

    def open(self, near: int, late: int) -> None:
        seq, number_of_it = self.at(near), 1 + late % 2
        if number_of_it in self.world.states[seq].tickets:
            self.store.open_conversation(self.world.conversation(number_of_it, seq))

    def at(self, near: int) -> int:
        return min(max(self.store.seq + near, 0), self.world.seq)

    def later(self, seq: int, late: int) -> int:
        return min(seq + late, self.world.seq)


steps = st.tuples(
    st.sampled_from(["deliver", "deliver", "deliver", "page", "answer", "open"]),
    st.integers(-6, 2) | st.just(1),
    st.integers(0, 3),
)


@settings(max_examples=400)
@given(worlds(), st.data())
def test_no_order_of_deliveries_pages_and_answers_makes_another_belief(
    world: World, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, world.seq // 2))
    line = Line(world, at, data.draw(st.integers(at, world.seq)))
    for verb, near, late in data.draw(st.lists(steps, min_size=15, max_size=30)):
        getattr(line, verb)(near, late)
    line.catch_up(world.seq)
    check(line.store, world, fresh_store(world))


@given(worlds())
def test_an_event_known_already_changes_nothing(world: World) -> None:
    store = fresh_store(world)
    told: list[object] = []
    store.subscribe(told.append)
    assert not any(store.apply(world.envelope(seq, seq)) for seq in range(1, world.seq + 1))
    assert told == []
    check(store, world, fresh_store(world))
