"""The commands of whoever uses a service: a file for each kind; what takes long to import is imported inside."""

import typer

from earnest.client.commands.accounts import account, withdraw
from earnest.client.commands.claims import claims
from earnest.client.commands.contribute import contribute
from earnest.client.commands.export import export
from earnest.client.commands.pools import pool
from earnest.client.commands.quality import quality
from earnest.client.commands.samples import predict, quote
from earnest.client.commands.watch import watch
from earnest.client.commands.webhooks import webhook


def install(program: typer.Typer) -> None:
    """Add the commands to a program."""
    program.add_typer(pool, name="pool")
    program.add_typer(webhook, name="webhook")
    for command in (predict, quote, contribute, claims, withdraw, account, watch, export, quality):
        program.command()(command)
