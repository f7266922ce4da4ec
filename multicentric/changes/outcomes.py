"""Which variables are a study's outcome: what the protocol's endpoints are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from multicentric.conditions import variables_of
from multicentric.holds import holds


@dataclass(frozen=True)
class Outcomes:
    """Variables of the endpoints.

    Attributes
    ----------
    events
        Dates of events.
    follow_up
        Dates of censoring, such as that of the last contact.
    flags
        Conditions that tell an event where a center sends durations.
    others
        Sent durations and variables of proportions.
    """

    events: tuple[str, ...] = ()
    follow_up: tuple[str, ...] = ()
    flags: tuple[dict[str, Any], ...] = ()
    others: tuple[str, ...] = ()

    @property
    def variables(self) -> frozenset[str]:
        """All of them."""
        flags = [name for flag in self.flags for name in variables_of(flag)]
        return frozenset([*self.events, *self.follow_up, *flags, *self.others])

    def had(self, table: pd.DataFrame) -> pd.DataFrame:
        """Whether each outcome happened: index the patients, columns the outcomes."""
        found = {name: table[name].notna() for name in self.events}
        for flag in self.flags:
            name = ", ".join(variables_of(flag))
            found[name] = holds(flag, table).fillna(False).astype(bool)
        return pd.DataFrame(found, index=table.index).set_axis(table["patient_id"])


def outcomes_of(study: Any) -> Outcomes:
    """The outcomes of a study, from its endpoints (`multicentric.protocol.Study`)."""
    events: dict[str, None] = {}
    follow_up: dict[str, None] = {}
    flags: list[dict[str, Any]] = []
    others: dict[str, None] = {}
    for endpoint in study.times_to_event.values():
        events |= {outcome.date: None for outcome in endpoint.events}
        if endpoint.censored is not None:
            follow_up[endpoint.censored.date] = None
        if endpoint.or_sent is not None:
            others[endpoint.or_sent.duration] = None
            if endpoint.or_sent.event not in flags:
                flags.append(endpoint.or_sent.event)
    for proportion in study.proportions.values():
        others[proportion.variable] = None
    return Outcomes(tuple(events), tuple(follow_up), tuple(flags), tuple(others))
