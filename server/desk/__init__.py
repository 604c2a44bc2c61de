"""The desk: the only writer. `desk` runs a unit of work; the other files are what a unit does."""
