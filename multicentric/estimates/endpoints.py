"""All estimates of a study, endpoint by endpoint."""

from __future__ import annotations

import pandas as pd

from multicentric.estimates.center_effects import center_effects
from multicentric.estimates.checks import proportional_hazards, reading, restricted_means
from multicentric.estimates.curves import curve_numbers, follow_up, log_rank_tests
from multicentric.estimates.data import EstimatesPart, endpoint_data
from multicentric.estimates.imputation import completed_tables, imputed
from multicentric.estimates.regression import by_center, completeness, cox_models
from multicentric.estimates.response import response
from multicentric.estimates.sensitivity import sensitivity, uncorrected
from multicentric.estimates.subgroups import subgroups
from multicentric.estimates.table import Estimate, as_table


def estimate(
    patients: pd.DataFrame,
    times: pd.DataFrame,
    readmitted: pd.DataFrame,
    protocol: EstimatesPart,
    as_sent: tuple[pd.DataFrame, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Every number of the analysis: primary, by center, in subgroups, and its sensitivity.

    Parameters
    ----------
    patients
        One row per analysed patient.
    times
        One row per analysed patient and time-to-event endpoint.
    readmitted
        Patients whom only sensitivity analyses take in (`multicentric.pool.Pooled.readmitted`).
    protocol
        The study's part for estimates.
    as_sent
        Patients and times as they would be without corrections (`multicentric.as_sent`); None where
        nothing was corrected.

    Returns
    -------
    pandas.DataFrame
        `multicentric.estimates.COLUMNS`; a number that could not be had carries a note.
    """
    everything: list[Estimate] = []
    completed = completed_tables(patients, times, protocol)
    for name, endpoint in protocol.times_to_event.items():
        data = endpoint_data(patients, times, name)
        found: list[Estimate] = []
        found += curve_numbers(data, name, endpoint, protocol)
        found += follow_up(data, name, protocol)
        found += log_rank_tests(data, name, protocol)
        found += completeness(data, name, protocol)
        found += cox_models(data, name, protocol)
        found += by_center(data, name, protocol)
        found += center_effects(data, name, protocol)
        found += proportional_hazards(data, name, protocol)
        found += restricted_means(data, name, endpoint, protocol)
        found += imputed(data, name, completed, protocol)
        found += subgroups(data, name, protocol)
        found += sensitivity(data, readmitted, name, protocol)
        if as_sent is not None:
            found += uncorrected(endpoint_data(*as_sent, name), name, protocol)
        found += reading(found, name, protocol)
        everything += found
    for name, proportion in protocol.proportions.items():
        everything += response(patients, name, proportion, protocol)
    return as_table(everything)
