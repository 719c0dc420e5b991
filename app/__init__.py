"""Earnest: train one model together with strangers; deposits keep contributors honest.

What stands in `__all__` is the library's public interface. It is imported when it is first asked for, so that `import
earnest` is quick and needs no extra: `pip install 'earnest[simulations]'` brings what simulations need, and
`'earnest[service]'` what the service and its client do.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from earnest.client import AsyncClient, Client
    from earnest.core.incentives.base import Incentive
    from earnest.core.incentives.registry import INCENTIVES
    from earnest.core.models.exported import load_model
    from earnest.core.models.model import Model
    from earnest.core.models.registry import MODELS
    from earnest.core.parameters import Parameter
    from earnest.data.recipe import DataSet
    from earnest.data.registry import DATASETS
    from earnest.simulations.agents.behaviour import behaviour
    from earnest.simulations.agents.registry import BEHAVIOURS
    from earnest.simulations.api import Run, Scenario, Sweep, report, simulate, sweep

    __version__: str

__all__ = [
    "BEHAVIOURS",
    "DATASETS",
    "INCENTIVES",
    "MODELS",
    "AsyncClient",
    "Client",
    "DataSet",
    "Incentive",
    "Model",
    "Parameter",
    "Run",
    "Scenario",
    "Sweep",
    "__version__",
    "behaviour",
    "load_model",
    "report",
    "simulate",
    "sweep",
]

#: Where each public name is at home.
_HOMES = {
    **dict.fromkeys(("AsyncClient", "Client"), "earnest.client"),
    **dict.fromkeys(("Run", "Scenario", "Sweep", "report", "simulate", "sweep"), "earnest.simulations.api"),
    "BEHAVIOURS": "earnest.simulations.agents.registry",
    "behaviour": "earnest.simulations.agents.behaviour",
    "DATASETS": "earnest.data.registry",
    "DataSet": "earnest.data.recipe",
    "INCENTIVES": "earnest.core.incentives.registry",
    "Incentive": "earnest.core.incentives.base",
    "MODELS": "earnest.core.models.registry",
    "Model": "earnest.core.models.model",
    "Parameter": "earnest.core.parameters",
    "load_model": "earnest.core.models.exported",
}

#: Which extra a name needs, where that is not what simulations need.
_EXTRAS = dict.fromkeys(("AsyncClient", "Client"), "service")


def __getattr__(name: str) -> object:
    """Import a public name from where it is at home.

    Raises:
        AttributeError: there is no such name.
        ExtraMissing: what it needs is not installed; the message names the command.
    """
    if name == "__version__":
        from importlib.metadata import version

        return version("earnest")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from earnest.extras import needed

    with needed(_EXTRAS.get(name, "simulations"), f"earnest.{name}"):
        found: object = getattr(import_module(_HOMES[name]), name)
    # asked for once
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
