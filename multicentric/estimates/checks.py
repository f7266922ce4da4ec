"""What must be known before a hazard ratio is believed: whether it holds over time."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from multicentric.estimates.data import EstimatesPart
from multicentric.estimates.regression import about, complete_cases, label_of
from multicentric.estimates.table import Estimate
from multicentric.survival.proportional_hazards import proportional_hazards_test

# The scale that the tables print, then those beside it: a drift may show on one of them alone.
TIME_SCALES = ("km", "identity", "log")


def proportional_hazards(
    data: pd.DataFrame, name: str, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """Score tests of proportional hazards in the primary model, per term and for all together."""
    cases = complete_cases(data, protocol.models.adjusted, protocol)
    who = about(cases, name, "proportional_hazards")
    if cases.n_events == 0:
        yield Estimate(**who, statistic="chi_square_km", note="not estimable: no events")
        return
    fit = cases.fit(protocol, stratified=True)
    for scale in TIME_SCALES:
        found = proportional_hazards_test(fit, scale)
        statistic = f"chi_square_{scale}"
        for term, test in zip(found.terms, found.tests, strict=True):
            yield Estimate(
                **who,
                **label_of(term, protocol),
                statistic=statistic,
                value=test.chisq,
                p_value=test.p_value,
                unit="1 degree of freedom",
            )
        overall = found.overall
        yield Estimate(
            **who,
            statistic=statistic,
            value=overall.chisq,
            p_value=overall.p_value,
            unit=f"{overall.df} degrees of freedom",
            note="" if found.terms else "not estimable: no term has an estimate",
        )
