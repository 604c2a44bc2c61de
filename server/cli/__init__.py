"""The commands of `deskwire-server`, one file for each command."""
