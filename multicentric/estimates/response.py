"""Yes-or-no endpoints: rates by group and their difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from multicentric.estimates.data import EstimatesPart, groups
from multicentric.estimates.table import Estimate, degrees
from multicentric.protocol import Proportion
from multicentric.survival.response import (
    chi_square,
    exact_rate,
    fisher_exact,
    mantel_haenszel,
    risk_difference,
    wilson_rate,
)

# Stands for the code of a response that was not sent.
MISSING = "missing"


def response(
    patients: pd.DataFrame, name: str, endpoint: Proportion, protocol: EstimatesPart
) -> Iterator[Estimate]:
    """Response rates with exact and Wilson's intervals, and their difference from the reference.

    The difference has Newcombe's interval and the p-value of Fisher's exact test; beside it stand
    Pearson's chi-square and, within centers, the Cochran-Mantel-Haenszel test and odds ratio. Each
    category of the response is counted, too (``response_category``, its code as ``term``).
    """
    exposure, level = protocol.exposure, protocol.models.interval_level
    counts: dict[str, tuple[int, int]] = {}
    categories = sorted(patients[endpoint.variable].dropna().unique())
    for group, members in [*groups(patients, exposure), ("", patients)]:
        responders = int(members[endpoint.variable].isin(endpoint.success).sum())
        counts[group] = (responders, len(members))
        who: dict[str, Any] = {
            "endpoint": name,
            "model": "response_rate",
            "statistic": "rate",
            "term": exposure.variable if group else "",
            "level": group,
            "unit": "proportion",
            "n": len(members),
            "n_events": responders,
        }
        if members.empty:
            yield Estimate(**who, note="nobody in this group")
            continue
        rate = exact_rate(responders, len(members), level)
        yield Estimate(**who, value=rate.rate, ci_low=rate.ci_low, ci_high=rate.ci_high)
        score = wilson_rate(responders, len(members), level)
        yield Estimate(
            **(who | {"model": "response_rate_wilson"}),
            value=score.rate,
            ci_low=score.ci_low,
            ci_high=score.ci_high,
        )
        yield from _categories(members, categories, who, endpoint)
    for group in exposure.groups:
        if group == exposure.reference:
            continue
        (a, n), (b, m) = counts[group], counts[exposure.reference]
        who = {
            "endpoint": name,
            "model": "response_difference",
            "statistic": "difference",
            "term": exposure.variable,
            "level": group,
            "reference": exposure.reference,
            "unit": "proportion",
            "n": n + m,
            "n_events": a + b,
        }
        if n == 0 or m == 0:
            yield Estimate(**who, note="not estimable: a group has no patients")
            continue
        table = [[a, n - a], [b, m - b]]
        found = risk_difference(a, n, b, m, level)
        yield Estimate(
            **who,
            value=found.difference,
            ci_low=found.ci_low,
            ci_high=found.ci_high,
            p_value=fisher_exact(table).p_value,
        )
        independence = chi_square(table)
        yield Estimate(
            **(
                who
                | {"model": "response_chi_square", "statistic": "chi_square"}
                | {"unit": degrees(independence.df)}
            ),
            value=independence.chisq,
            p_value=independence.p_value,
            note="" if independence.df else "not estimable: everybody or nobody responded",
        )
        yield _within_centers(patients, who, group, endpoint, protocol)


def _categories(
    members: pd.DataFrame, categories: list[str], who: dict[str, Any], endpoint: Proportion
) -> Iterator[Estimate]:
    """How many of a group have each category of the response, and how many have none."""
    found = members[endpoint.variable]
    counts = {code: int((found == code).sum()) for code in categories}
    if missing := int(found.isna().sum()):
        counts[MISSING] = missing
    for code, n in counts.items():
        yield Estimate(
            **(who | {"model": "response_category", "term": code, "n_events": n}),
            value=n / len(members),
        )


def _within_centers(
    patients: pd.DataFrame,
    who: dict[str, Any],
    group: str,
    endpoint: Proportion,
    protocol: EstimatesPart,
) -> Estimate:
    """The common odds ratio of response within centers, by Mantel and Haenszel."""
    exposure = protocol.exposure
    responded = patients[endpoint.variable].isin(endpoint.success).fillna(False)
    tables = []
    for _, members in patients.groupby("center", sort=True):
        yes = responded.loc[members.index]
        rows = [members[exposure.variable] == who_is for who_is in (group, exposure.reference)]
        tables.append([[int((row & yes).sum()), int((row & ~yes).sum())] for row in rows])
    found = mantel_haenszel(tables, protocol.models.interval_level)
    finite = np.isfinite(found.odds_ratio) and found.odds_ratio > 0
    return Estimate(
        **(
            who
            | {
                "model": "response_mantel_haenszel",
                "statistic": "odds_ratio",
                "unit": "ratio",
            }
        ),
        value=found.odds_ratio if finite else None,
        ci_low=found.ci_low if finite else None,
        ci_high=found.ci_high if finite else None,
        p_value=found.p_value,
        note=found.note or "test without continuity correction",
    )
