"""The shell of the workstation: the app, its session, the terminal, keys and messages."""
