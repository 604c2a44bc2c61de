"""Each event has one epoch for ever, and a restored log gives none of its ids again."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.epochs import Epochs, decode_epochs

LOST = 20
"""At most so many events of a history are lost by a restore."""


def test_a_log_that_begins_has_one_epoch() -> None:
    epochs = Epochs.start_log("a")
    assert (epochs.current, epochs.find_epoch(1), epochs.find_epoch(10**15)) == ("a", "a", "a")


def test_what_the_backup_held_keeps_its_epoch() -> None:
    epochs = Epochs.start_log("a").add_epoch(120, "b").add_epoch(200, "c")
    assert [epochs.find_epoch(seq) for seq in (1, 120, 121, 200, 201)] == ["a", "a", "b", "b", "c"]
    assert epochs.current == "c"


def test_an_empty_log_is_renewed_too() -> None:
    epochs = Epochs.start_log("a").add_epoch(0, "b")
    assert (epochs.current, epochs.find_epoch(1)) == ("b", "b")


def test_what_was_kept_through_every_restore_ends_before_the_first_loss() -> None:
    epochs = Epochs.start_log("a")
    assert epochs.restored_seq == 0
    assert epochs.add_epoch(120, "b").add_epoch(200, "c").restored_seq == 120
    assert epochs.add_epoch(200, "b").add_epoch(120, "c").restored_seq == 120
    named = Epochs.start_log("").add_epoch(7, "a")
    assert named.restored_seq == 0
    assert named.add_epoch(120, "b").restored_seq == 120


def test_what_is_stored_is_read_again() -> None:
    epochs = Epochs.start_log("").add_epoch(7, "b")
    assert decode_epochs(epochs.encode()) == epochs


@given(st.lists(st.tuples(st.integers(0, LOST), st.integers(0, LOST)), max_size=8))
def test_however_often_a_desk_is_restored_no_two_events_share_an_id(
    restores: list[tuple[int, int]],
) -> None:
    epochs, seq = Epochs.start_log("0"), 0
    ids: dict[tuple[str, int], int] = {}
    events = [0] * (LOST * 20)
    for turn, (written, kept) in enumerate(restores, start=1):
        for _ in range(written):
            seq += 1
            events[seq] = len(ids) + 1
            assert (epochs.find_epoch(seq), seq) not in ids
            ids[epochs.find_epoch(seq), seq] = events[seq]
        # The backup is from some time before, and has the epochs of then.
        seq = min(seq, kept)
        epochs = epochs.add_epoch(seq, str(turn))
        assert [ids[epochs.find_epoch(one), one] for one in range(1, seq + 1)] == events[
            1 : seq + 1
        ]
