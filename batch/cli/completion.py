"""`reassign completion`: the script that lets a shell complete our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(
    epilog="""\b
Examples:
  reassign completion bash >> ~/.bashrc
  reassign completion zsh  >> ~/.zshrc
  reassign completion fish >  ~/.config/fish/completions/reassign.fish"""
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL; open a new shell afterwards."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, "reassign", "_REASSIGN_COMPLETE").source())
