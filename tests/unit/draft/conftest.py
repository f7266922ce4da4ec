"""A small study's dictionary, and files as centers of several languages would send them."""

import pandas as pd
import pandera.pandas as pa
import pytest

from multicentric.draft import draft, mapping_text
from multicentric.mapping import parse_mapping
from multicentric.schema import PatientModel, dictionary_of, variable


class Patient(PatientModel):
    """Variables of every kind."""

    sex: pd.StringDtype = variable(
        "Sex",
        kind="code",
        codes={"female": "Female", "male": "Male"},
        synonyms="Cinsiyet; Geschlecht; Sesso; Sexe; Sexo",
        code_synonyms={"female": "F; Kadın; K; W; Femmina", "male": "M; Erkek; E; Maschio"},
    )
    birth_date: pa.DateTime = variable(
        "Date of birth", kind="date", synonyms="Geburtsdatum; Data di nascita; Doğum tarihi"
    )
    visit_date: pa.DateTime = variable("Visit", kind="date", synonyms="Besuch; Data visita")
    grade: pd.Int64Dtype = variable(
        "Grade", kind="integer", possible=(1, 3), synonyms="Grad; Grado"
    )
    weight: pd.Float64Dtype = variable(
        "Weight loss", kind="number", unit="%", possible=(0, 100), synonyms="Gewichtsverlust"
    )
    smoker: pd.BooleanDtype = variable("Smoker", kind="flag", synonyms="Raucher; Fumatore")
    diabetes: pd.BooleanDtype = variable("Diabetes", kind="flag", synonyms="Diabete")
    asthma: pd.BooleanDtype = variable("Asthma", kind="flag", synonyms="Asma")
    status: pd.StringDtype = variable(
        "Vital status",
        kind="code",
        codes={"alive": "Alive", "dead": "Dead"},
        synonyms="Alive at end; Vitalstatus",
        code_synonyms={"alive": "lebt; sağ", "dead": "tot; ex"},
    )


@pytest.fixture(scope="session")
def dictionary():
    return dictionary_of(Patient)


@pytest.fixture
def drafted(tmp_path, dictionary):
    """From the text of a delivered file to the draft, its text and the mapping it loads as."""

    def make(content, name="list.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content.encode(encoding))
        found = draft("new", [path], dictionary)
        text = mapping_text(found, dictionary)
        return found, text, parse_mapping(text)

    return make
