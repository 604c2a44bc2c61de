"""Idempotency keys: a request that is sent again with the same one is done once."""

from uuid import uuid4


def make_idempotency_key() -> str:
    """Returns an Idempotency-Key: a request that is sent again with it is done once."""
    return str(uuid4())
