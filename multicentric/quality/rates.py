"""Rates by center and rule, with the limits within which chance alone puts them (funnel plot).

A center's rate is compared with the rate of all centers together, given how many of its records the
rule applied to; centers are never ranked.
"""

from __future__ import annotations

import pandas as pd

from multicentric.funnel import funnel_limits

COLUMNS = (
    "measure",
    "rule",
    "variables",
    "center",
    "drop",
    "n",
    "failed",
    "rate",
    "expected",
    "warning_low",
    "warning_high",
    "action_low",
    "action_high",
    "outside",
    "threshold",
    "beyond",
)


def quality_table(
    checks: pd.DataFrame, findings: dict[tuple[str, str], pd.DataFrame]
) -> pd.DataFrame:
    """Data quality of all centers as one table.

    Parameters
    ----------
    checks
        `multicentric.validate.checks.COLUMNS` of all centers.
    findings
        Findings by center and drop, of every drop that each center sent.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`. Measure ``completeness``: missing values per variable. ``rule``: broken among
        those to which a rule applied. ``questions``: blocks and queries of each drop (`failed`),
        `n` all findings. `outside` is ``above``, ``below`` or empty, by the action limit; limits
        are missing where a rule applied to nobody or is not about records.
    """
    rates = checks.assign(
        measure=checks["rule"].eq("complete").map({True: "completeness", False: "rule"}),
        n=checks["applicable"],
        drop="",
    )
    by_records = rates["level"] != "between"
    whole = rates[by_records].groupby(["rule", "variables"], dropna=False)[["n", "failed"]].sum()
    whole["expected"] = whole["failed"] / whole["n"].where(whole["n"] > 0)
    rates = rates.merge(
        whole[["expected"]], left_on=["rule", "variables"], right_index=True, how="left"
    )
    rates = rates.join(_limits(rates))
    grown = pd.DataFrame(
        [
            {
                "measure": "questions",
                "rule": "",
                "variables": "",
                "center": center,
                "drop": drop,
                "n": len(table),
                "failed": int(table["severity"].isin(["block", "query"]).sum()),
            }
            for (center, drop), table in sorted(findings.items())
        ],
        columns=["measure", "rule", "variables", "center", "drop", "n", "failed"],
    )
    table = pd.concat([_typed(rates), _typed(grown)], ignore_index=True)
    order = ["measure", "rule", "variables", "center", "drop"]
    return table.sort_values(order, kind="stable").reset_index(drop=True)


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    texts = ("measure", "rule", "variables", "center", "drop", "outside")
    numbers = ("rate", "expected", "warning_low", "warning_high", "action_low", "action_high")
    return table.reindex(columns=list(COLUMNS)).astype(
        {
            **dict.fromkeys(texts, "string"),
            **dict.fromkeys((*numbers, "threshold"), "Float64"),
            **dict.fromkeys(("n", "failed"), "Int64"),
            "beyond": "boolean",
        }
    )


def _limits(rates: pd.DataFrame) -> pd.DataFrame:
    """Funnel limits of each row, and on which side of the action limit its rate lies."""
    n = rates["n"].astype(float)
    expected = rates["expected"].astype(float)
    judged = (n > 0) & expected.notna()
    limits = funnel_limits(n.where(judged, 1), expected.where(judged, 0))
    limits = limits.where(judged, axis=0)
    rate = rates["rate"].astype(float)
    limits["outside"] = ""
    limits.loc[judged & (rate > limits["action_high"]), "outside"] = "above"
    limits.loc[judged & (rate < limits["action_low"]), "outside"] = "below"
    return limits
