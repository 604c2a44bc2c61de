"""The desk: the only writer. `desk` runs units of work; the other files are the steps of one."""
