"""Live signals: what clients hear at once and no log holds, on every server of a database."""

import msgspec
from msgspec import UNSET, Struct, UnsetType

from common.drafts import DraftRef
from common.watching import WatchView


class LiveSignal(Struct, frozen=True, omit_defaults=True):
    """A signal to all clients of an organization; with a `user_id` to this person's alone."""

    org_id: int
    type: str
    user_id: int = 0
    watch: WatchView | UnsetType = UNSET
    draft: DraftRef | UnsetType = UNSET


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(LiveSignal).decode


def encode_live_signal(signal: LiveSignal) -> str:
    """Returns a signal as one server tells it to the others."""
    return _encode(signal).decode()


def decode_live_signal(text: str) -> LiveSignal | None:
    """Returns a signal of another server; None for one that a newer version sends otherwise."""
    try:
        return _decode(text)
    except msgspec.MsgspecError:
        return None
