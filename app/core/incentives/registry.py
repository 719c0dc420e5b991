"""Incentives by kind. Adding one means adding its contract, its twin and a name here."""

from types import ModuleType

from earnest.core.incentives import points, self_assessment

INCENTIVES: dict[str, ModuleType] = {module.KIND: module for module in (self_assessment, points)}

#: The same by what `incentiveId()` answers.
INCENTIVES_BY_ID: dict[str, ModuleType] = {module.INCENTIVE_ID: module for module in INCENTIVES.values()}
