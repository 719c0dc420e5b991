"""The scans there are, by name: one a file of this folder."""

import importlib
import pkgutil

from earnest.core import scans
from earnest.core.scans.scan import Scan

_MODULES = sorted(
    found.name for found in pkgutil.iter_modules(scans.__path__) if found.name not in ("scan", "registry")
)
SCANS: dict[str, Scan] = {
    one.name: one for name in _MODULES for one in importlib.import_module(f"{scans.__name__}.{name}").SCANS
}
