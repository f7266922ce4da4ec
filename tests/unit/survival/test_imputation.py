"""Imputed tables: complete, reproducible, made of values that occur, and right on average."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.imputation.mice import MICEData

from multicentric.survival.cox import fit_cox
from multicentric.survival.imputation import impute, nelson_aalen
from multicentric.survival.rubin import pool_imputations


def study(n=400, seed=3):
    rng = np.random.default_rng(seed)
    center = rng.choice(["a", "b", "c"], size=n)
    age = np.round(rng.normal(60, 10, size=n))
    grade = np.clip(np.round((age - 60) / 10 + rng.normal(2, 0.7, size=n)), 1, 3)
    arm = rng.integers(2, size=n)
    time = np.ceil(rng.exponential(300 * np.exp(0.5 * arm - 0.4 * (grade - 2))))
    event = time < 700
    return np.minimum(time, 700), event, center, age, grade, arm


def table(age, grade, rng):
    labels = np.array(["low", "middle", "high"])[grade.astype(int) - 1]
    frame = pd.DataFrame(
        {
            "age": age,
            "grade": pd.Categorical(labels, categories=["low", "middle", "high"], ordered=True),
            "smoker": np.where(rng.random(len(age)) < 0.4, "yes", "no"),
        },
        index=pd.RangeIndex(100, 100 + len(age)),
    )
    frame.loc[rng.random(len(age)) < 0.3, "grade"] = None
    frame.loc[rng.random(len(age)) < 0.1, "smoker"] = None
    return frame


def test_tables_are_complete_and_of_values_that_occur():
    time, event, center, age, grade, _ = study()
    frame = table(age, grade, np.random.default_rng(0))
    filled = impute(frame, time, event, center, imputations=3, cycles=3, seed=1)
    assert len(filled) == 3
    for one in filled:
        assert not one.isna().to_numpy().any()
        assert (one.dtypes == frame.dtypes).all()
        assert one.index.equals(frame.index)
        assert set(one["smoker"]) == {"yes", "no"}
        known = frame["grade"].notna()
        assert (one.loc[known, "grade"] == frame.loc[known, "grade"]).all()
        assert one["age"].equals(frame["age"])
    assert not filled[0].equals(filled[1])


def test_the_same_seed_gives_the_same_tables():
    time, event, center, age, grade, _ = study()
    frame = table(age, grade, np.random.default_rng(0))
    first, again, other = (
        impute(frame, time, event, center, imputations=2, cycles=2, seed=seed) for seed in (7, 7, 8)
    )
    assert all(a.equals(b) for a, b in zip(first, again, strict=True))
    assert not first[0].equals(other[0])


def test_pooled_estimate_is_near_the_one_without_missing_values():
    time, event, center, age, grade, arm = study(n=1500)
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"age": age, "grade": grade, "arm": arm.astype(float)})
    # missing more often in the old: complete cases are a biased sample of the ages
    frame.loc[rng.random(len(age)) < np.where(age > 60, 0.5, 0.1), "grade"] = np.nan
    names = list(frame)

    def fit(covariates):
        return fit_cox(time, event, covariates.to_numpy(), names, strata=center)

    whole = fit(frame.assign(grade=grade))
    tables = impute(frame, time, event, center, imputations=5, cycles=5, seed=2)
    fits = [fit(one) for one in tables]
    pooled = pool_imputations(
        [one.coef for one in fits],
        [one.std_error**2 for one in fits],
        int(event.sum()) - len(names),
    )
    assert abs(pooled.estimate - whole.coef) == pytest.approx(0 * whole.coef, abs=0.1)
    grade_at = names.index("grade")
    assert pooled.std_error[grade_at] > whole.std_error[grade_at]
    assert pooled.fraction_missing[grade_at] > pooled.fraction_missing[names.index("arm")]


def test_the_values_are_those_of_the_librarys_own_formulas():
    time, event, center, age, grade, _ = study(n=120)
    frame = table(age, grade, np.random.default_rng(0))
    numbers = pd.DataFrame(
        {
            "v0": frame["age"],
            "v1": frame["grade"].cat.codes.astype(float).replace(-1.0, np.nan),
            "v2": frame["smoker"].map({"no": 0.0, "yes": 1.0}),
            "event": event.astype(float),
            "hazard": nelson_aalen(time, event),
            **{f"center{c}": (center == name).astype(float) for c, name in ((1, "b"), (2, "c"))},
        }
    ).reset_index(drop=True)
    parsed = MICEData(numbers, rng=np.random.default_rng([7, 0]))
    for name in numbers:
        others = (f"C({other})" if other == "v1" else other for other in numbers if other != name)
        parsed.set_imputer(name, formula=" + ".join(others), k_pmm=5)
    parsed.update_all(3)
    (got,) = impute(frame, time, event, center, imputations=1, cycles=3, seed=7)
    assert got["grade"].cat.codes.tolist() == parsed.data["v1"].tolist()
    assert got["smoker"].map({"no": 0.0, "yes": 1.0}).tolist() == parsed.data["v2"].tolist()


def test_nothing_missing_changes_nothing():
    time, event, center, age, _, _ = study(n=50)
    frame = pd.DataFrame({"age": age})
    (same,) = impute(frame, time, event, center, imputations=1, cycles=2, seed=0)
    assert same.equals(frame)


@pytest.mark.parametrize("known", [0, 3, 4, 8])
def test_too_few_known_values_are_no_tables_and_a_note(known):
    time, event, center, age, _, _ = study(n=100)
    frame = pd.DataFrame({"age": age, "arm": np.arange(100) % 2.0})
    frame.loc[np.arange(100) >= known, "age"] = np.nan
    got = impute(frame, time, event, center, imputations=2, cycles=3, seed=1)
    # eight known values suffice: constant, arm, event, hazard and two centers
    assert len(got) == (2 if known == 8 else 0)
    told = f"not estimable: too few known values of age ({known}) for the imputation model"
    assert got.note == ("" if known == 8 else told)


@pytest.mark.parametrize("n", [5, 9, 12, 20, 30, 40, 60])
@pytest.mark.parametrize("centers", [2, 4, 20])
def test_whatever_is_missing_there_are_tables_or_a_note(n, centers):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        frame = pd.DataFrame(
            {
                "age": pd.array(rng.normal(60, 10, n), dtype="Float64"),
                "grade": pd.array(rng.integers(1, 4, n), dtype="Int64"),
                "smoker": pd.array(rng.random(n) < 0.5, dtype="boolean"),
                "drug": pd.Categorical(rng.choice(list("uvw"), n)),
            }
        )
        for name in frame:
            frame.loc[rng.random(n) < 0.4, name] = pd.NA
        center = rng.integers(centers, size=n)
        outcome = rng.exponential(size=n), rng.integers(2, size=n)
        got = impute(frame, *outcome, center, imputations=2, cycles=2, seed=1)
        assert len(got) == (0 if got.note else 2)
        assert not any(one.isna().to_numpy().any() for one in got)


def test_nelson_aalen_by_hand():
    got = nelson_aalen([2, 1, 3, 2], [1, 1, 0, 0])
    assert got == pytest.approx([1 / 4 + 1 / 3, 1 / 4, 1 / 4 + 1 / 3, 1 / 4 + 1 / 3])
