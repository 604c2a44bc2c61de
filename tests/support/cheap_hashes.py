"""Password hashes that cost next to nothing: the product's own take 64 MiB and a core each.

A server makes one at its start, and one for each person and each sign-in. A hash carries its own
cost, so that all else is as with the product's.
"""

from functools import partial
from unittest.mock import patch

from argon2 import PasswordHasher

from server import passwords

make_cheap_hasher = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)


def use_cheap_hashes() -> None:
    """Has this process hash cheaply from now on; tests about the cost undo it."""
    patch.object(passwords, "PasswordHasher", make_cheap_hasher).start()
