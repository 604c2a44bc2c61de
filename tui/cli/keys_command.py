"""`deskwire keys`: the table of keys, and what the configuration file makes of it."""

import click

from common.command_group import EXIT_FAILED
from tui.cli.connection_options import load_usable_config
from tui.cli.text_table import Cell, Column, print_table
from tui.config.config_file import config_path
from tui.configured_keys import Keymap, build_keymap
from tui.keys import KEYS, KeyContext

_COLUMNS = (Column("COMMAND"), Column("KEYS"), Column(""), Column("DOES", is_flexible=True))


@click.group("keys", invoke_without_command=True)
@click.pass_context
def keys_command(context: click.Context) -> None:
    """Print every key of the workstation; * is another one than at first.

    Other keys stand in the configuration file, in the table [keys]: "ticket.claim" = "ctrl+y", or a
    list of several, or an empty one for no key: then it is typed, as :claim.
    """
    if context.invoked_subcommand is not None:
        return
    keymap = _load_keymap()
    ordered = sorted(keymap.table, key=lambda key: list(KeyContext).index(key.context))
    changed = keymap.overrides
    print_table(
        _COLUMNS,
        [
            [
                Cell(key.id),
                Cell(key.name, "strong"),
                Cell("*" if key.id in changed else ""),
                Cell(key.says),
            ]
            for key in ordered
        ],
    )


@keys_command.command("check")
def check_command() -> None:
    """Report the entries of the configuration file that are not used, a line each."""
    keymap = _load_keymap()
    for line in keymap.faults:
        click.echo(f"{config_path()}: [keys] {line}", err=True)
    if keymap.faults:
        raise SystemExit(EXIT_FAILED)
    click.echo(f"{len(keymap.overrides)} of {len(KEYS)} commands have other keys; none clash.")


def _load_keymap() -> Keymap:
    return build_keymap(load_usable_config().keys)
