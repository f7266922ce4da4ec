"""The limits within which chance alone puts a center's rate (funnel plot).

Limits are exact binomial quantiles: Spiegelhalter DJ, Funnel plots for comparing institutional
performance, Stat Med 2005;24:1185-1202.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Two-sided tails of the warning and of the action limit.
WARNING, ACTION = 0.05, 0.002


def funnel_limits(n: pd.Series, expected: pd.Series) -> pd.DataFrame:
    """Funnel limits of rates.

    Parameters
    ----------
    n
        How many records each rate is about, at least 1.
    expected
        The rate (0 to 1) that holds for all.

    Returns
    -------
    pandas.DataFrame
        ``warning_low``, ``warning_high``, ``action_low``, ``action_high`` (0 to 1) on the index of
        `n`.
    """
    # The report names the limits and draws none, so it need not load what computes them.
    import pandas as pd
    from scipy.stats import binom

    return pd.DataFrame(
        {
            f"{name}_{side}": binom.ppf(quantile, n, expected) / n
            for name, tail in (("warning", WARNING), ("action", ACTION))
            for side, quantile in (("low", tail / 2), ("high", 1 - tail / 2))
        },
        index=n.index,
    )
