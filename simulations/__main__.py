"""`python -m simulations`: the same as `earnest simulate`."""

import typer

from simulations.cli import simulate

if __name__ == "__main__":
    typer.run(simulate)
