"""Incentives by kind. Adding one means adding its contract, its twin and a line here."""

from types import ModuleType

from app.core.incentives import self_assessment

INCENTIVES: dict[str, ModuleType] = {self_assessment.KIND: self_assessment}
