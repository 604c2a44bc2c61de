"""The base of errors that a command of `deskwire-server` reports in one line.

It stands apart from the modules that raise them, so that the command line can catch all of them
without importing the database, the web server and the stream.
"""


class CommandError(Exception):
    """The command cannot run as it was called; the message is one sentence for the operator."""
