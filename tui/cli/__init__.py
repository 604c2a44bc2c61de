"""The command line of `deskwire`: every endpoint as a command, for people and for scripts."""
