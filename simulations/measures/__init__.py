"""What is reported of a run: each measure is declared once, and rows, names, units, bounds and tables follow from it.

Nothing in a row depends on the machine's speed: the same scenario, data and seed give the same rows.
"""

from earnest.simulations.measures.measure import Measure
from earnest.simulations.measures.row import Row, row_of, series_of
from earnest.simulations.measures.table import MEASURES, measure_of

__all__ = ["MEASURES", "Measure", "Row", "measure_of", "row_of", "series_of"]
