"""Survival analysis on center blocks: arrays and small tables in, dataclasses out.

Knows no files and no study. Names are imported when they are first used, so that a stage pays for
nothing it does not need.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_MODULES = {
    "block": ("Block", "Terms", "make_block", "make_blocks", "sum_blocks"),
    "cox": ("ChiSquareTest", "CoxFit", "fit_blocks", "fit_cox", "wald_test"),
    "kaplan_meier": ("KaplanMeier", "Quantile", "kaplan_meier", "reverse_kaplan_meier"),
    "log_rank": ("LogRank", "log_rank"),
    "response": (
        "chi_square",
        "exact_rate",
        "fisher_exact",
        "mantel_haenszel",
        "risk_difference",
        "wilson_rate",
    ),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_HOME)


def __getattr__(name: str) -> Any:
    """Import a public name from the module that defines it."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
