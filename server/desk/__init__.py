"""The desk: the only writer. `desk` runs units of work; the folders hold the steps of one."""
