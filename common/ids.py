"""Numbers from outside, bounded so that every database can hold them."""

from typing import Annotated

from msgspec import Meta

Id = Annotated[int, Meta(ge=1, le=2**53)]
"""A person's, a ticket's or a message's number."""

Seq = Annotated[int, Meta(ge=0, le=2**53)]
"""The number of an event; 0 is before the first."""
