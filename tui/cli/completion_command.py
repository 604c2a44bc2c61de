"""`deskwire completion`: the script by which a shell completes the commands."""

import click
from click.shell_completion import get_completion_class

_VARIABLE = "_DESKWIRE_COMPLETE"
_SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    bash: eval "$(deskwire completion bash)" in ~/.bashrc. zsh: the same in ~/.zshrc. fish:
    deskwire completion fish > ~/.config/fish/completions/deskwire.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"there is no completion for {shell}.")
    made = kind(context.find_root().command, {}, "deskwire", _VARIABLE)
    click.echo(made.source())
