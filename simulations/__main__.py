"""`python -m earnest.simulations`: the commands that `earnest` has from here, and `simulate` where none is named."""

import sys

import typer

from earnest.simulations.cli import advise, list_, report, simulate, sweep, tune

app = typer.Typer(no_args_is_help=True, help="Simulate incentives: agents, their money, and the model that they train.")
app.command()(simulate)
app.command()(sweep)
app.command()(report)
app.command()(advise)
app.command()(tune)
app.command(name="list")(list_)

if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1].startswith("-") and sys.argv[1] != "--help":
        sys.argv.insert(1, "simulate")
    app()
