"""Request ids: a caller can name one to the operator, who finds it in the log."""

import itertools
import secrets
from typing import Final

# The random part is the process's: asking the system for randomness at every request costs more
# than a ticket's look-up, and an id needs to be unique, not secret.
_PROCESS: Final = secrets.token_hex(4)
_NUMBERS: Final = itertools.count(1)


def generate_request_id() -> str:
    """Returns an id that no other request of this installation has."""
    return f"{_PROCESS}{next(_NUMBERS):08x}"
