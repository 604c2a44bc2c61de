"""The command line of the server: `deskwire-server`, also `python -m server`."""

from typing import Final

import click

from common.command_group import LazyCommand, LazyGroup
from server import libraries as _libraries  # noqa: F401 - first: reports what is not installed

COMMANDS: Final = {
    "backup": LazyCommand(
        "server.cli.backup_commands:backup_command", "Write the whole database into FILE."
    ),
    "check": LazyCommand("server.cli.address_check:check_commands", "Check what is stored."),
    "demo": LazyCommand("demo.command:demo_command", "Try Deskwire with simulated customers."),
    "export": LazyCommand(
        "server.cli.export_command:export_command", "Write people and tickets into FILE."
    ),
    "import": LazyCommand(
        "server.cli.import_command:import_command", "Read people and tickets from FILE."
    ),
    "inbox": LazyCommand("server.cli.inbox_commands:inbox_commands", "Add and list inboxes."),
    "mail-in": LazyCommand(
        "server.cli.mail_in_command:mail_in_command", "Take one mail from standard input."
    ),
    "org": LazyCommand(
        "server.cli.organization_commands:organization_commands", "Create organizations."
    ),
    "purge": LazyCommand(
        "server.cli.purge_command:purge_command", "Remove traces of what was deleted."
    ),
    "renew-epochs": LazyCommand(
        "server.cli.backup_commands:renew_command", "Have every client load its data again."
    ),
    "reports": LazyCommand("server.cli.reports_command:reports_commands", "Rebuild reports."),
    "restore": LazyCommand(
        "server.cli.backup_commands:restore_command", "Restore the database from FILE."
    ),
    "search": LazyCommand("server.cli.search_command:search_commands", "Fill the search index."),
    "serve": LazyCommand("server.cli.serve_command:serve_command", "Run the server."),
}
"""The commands by name. `demo` is a program beside the server."""


@click.group(cls=LazyGroup, program="deskwire-server", lazy_commands=COMMANDS)
@click.version_option(package_name="deskwire", prog_name="deskwire-server")
def main() -> None:
    """Deskwire's server: tickets over REST, events over ZeroMQ."""


if __name__ == "__main__":
    main(prog_name="deskwire-server")
