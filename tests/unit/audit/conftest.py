"""The example study's protocol and dictionary, and patients made up for the tests."""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from multicentric.schema import dictionary_of, load_model
from multicentric.study import load_settings, load_study

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def example():
    """Study and dictionary of the example, as they stand in the repository."""
    study = load_study(ROOT, load_settings(ROOT))
    dictionary = dictionary_of(load_model(ROOT / study.dictionary, study.cut_off))
    return SimpleNamespace(study=study, dictionary=dictionary)


def table(**columns):
    """A small table in the types of the results."""
    frame = pd.DataFrame(columns)
    for name in frame.columns:
        if frame[name].dtype == object:
            frame[name] = frame[name].astype("string")
    return frame
