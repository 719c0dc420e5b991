"""Incentives by kind. Adding one means adding its contract, its twin and a line here."""

from types import ModuleType

from app.core.incentives import points, self_assessment

INCENTIVES: dict[str, ModuleType] = {module.KIND: module for module in (self_assessment, points)}
