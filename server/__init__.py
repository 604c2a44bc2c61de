"""The server: stores tickets, executes commands and publishes events."""
