"""Password hashes that cost next to nothing: the product's own take 64 MiB and a core each.

A server makes one at its start, and one for each person and each sign-in. A hash carries its own
cost, so that all else is as with the product's.
"""

from functools import partial
from unittest.mock import patch

from argon2 import PasswordHasher

from server import passwords

CHEAP_MEMORY = 8
"""KiB that a hash takes: the least."""
make_cheap_hasher = partial(PasswordHasher, time_cost=1, memory_cost=CHEAP_MEMORY, parallelism=1)


def use_cheap_hashes(memory: int = CHEAP_MEMORY) -> None:
    """Has this process hash cheaply from now on; tests about the cost undo it.

    With more `memory`, in KiB, a hash takes longer.
    """
    hasher = partial(make_cheap_hasher, memory_cost=memory)
    patch.object(passwords, "PasswordHasher", hasher).start()
