"""A package of somebody else's with a behaviour, as pip would leave it in a folder."""

import os
from pathlib import Path

#: Contributes until it has this many refunds, then stops.
SOURCE = """
from earnest.simulations.agents.behaviour import ABSTAIN, View, behaviour
from earnest.simulations.agents.behaviours.sleeper import PATIENCE


@behaviour(words="stops once it is trusted", source="a test", harms=False, knobs=(PATIENCE,))
def retired(view: View, patience: int) -> int:
    return view.label if view.verified < patience else ABSTAIN
"""


def install(folder: Path, version: str = "1.5", source: str = SOURCE) -> dict[str, str]:
    """Put the package there; returns the environment of a process that finds it."""
    folder.mkdir(exist_ok=True)
    (folder / "somebodys_agents.py").write_text(source)
    for old in folder.glob("*.dist-info/*"):
        old.unlink()
    for old in folder.glob("*.dist-info"):
        old.rmdir()
    info = folder / f"somebodys_agents-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: somebodys-agents\nVersion: {version}\n")
    (info / "entry_points.txt").write_text("[earnest.behaviours]\nretired = somebodys_agents:retired\n")
    return os.environ | {"PYTHONPATH": str(folder)}
