"""The demo: a temporary organization that lives by itself, and the workstation to look at it."""
