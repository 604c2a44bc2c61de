"""The REST door: requests become commands and queries, refusals become problem documents."""
