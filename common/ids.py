"""Types of ids and seqs in requests, within the range of every database."""

from typing import Annotated

from msgspec import Meta

Id = Annotated[int, Meta(ge=1, le=2**53)]
"""The id of a person or message, or the number of a ticket."""

Seq = Annotated[int, Meta(ge=0, le=2**53)]
"""The sequence number of an event; 0 is before the first."""
