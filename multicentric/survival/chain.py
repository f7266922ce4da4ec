"""statsmodels' chained equations with design matrices that are stacked instead of parsed.

A module of its own, since statsmodels takes most of a second to import.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.imputation.mice import MICEData
from statsmodels.tools.sm_exceptions import SingularMatrixWarning

from .observations import Floats


class Chain(MICEData):
    """Chained equations over a table of numbers; see `multicentric.survival.imputation.impute`.

    statsmodels draws, predicts and matches. Only the design matrices are made here, in its two
    methods for that: every other column, and indicators for those that stand for categories. Its
    own way, a formula that is parsed anew for every variable of every cycle, takes 30 times as
    long and gives the same matrices.
    """

    def __init__(
        self, data: pd.DataFrame, categories: set[str], donors: int, rng: np.random.Generator
    ) -> None:
        """Begin a chain.

        Parameters
        ----------
        data
            Floats, missing values as NaN.
        categories
            Columns whose numbers are codes of more than two categories.
        donors
            Of how many nearest patients one gives its value.
        """
        super().__init__(data, k_pmm=donors, rng=rng)
        self.indicated = {name: np.unique(self.data[name])[1:] for name in categories}

    def get_fitting_data(self, vname: str) -> tuple[Floats, Floats, dict[str, Any], dict[str, Any]]:
        """Outcome and design matrix of the patients whose `vname` is known."""
        known = self.ix_obs[vname]
        return self.data[vname].to_numpy()[known], self._design(vname)[known], {}, {}

    def get_split_data(
        self, vname: str
    ) -> tuple[Floats, Floats, Floats, dict[str, Any], dict[str, Any]]:
        """The same, and the design matrix of the patients whose `vname` is to be imputed."""
        known, design = self.ix_obs[vname], self._design(vname)
        missing = design[self.ix_miss[vname]]
        return self.data[vname].to_numpy()[known], design[known], missing, {}, {}

    def update(self, vname: str) -> None:
        """One step of the chain: new parameters, then new values."""
        with warnings.catch_warnings():
            # In a center that lacks the variable nobody tells the center's own constant: it is 0.
            warnings.simplefilter("ignore", SingularMatrixWarning)
            super().update(vname)

    def _design(self, outcome: str) -> Floats:
        columns = [np.ones(len(self.data))]
        plain = []
        for name in self.data.columns.drop(outcome):
            values = self.data[name].to_numpy()
            if name in self.indicated:
                columns += [(values == code).astype(float) for code in self.indicated[name]]
            else:
                plain.append(values)
        return np.column_stack([*columns, *plain])
