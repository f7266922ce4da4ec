"""The settings of a run as typed objects: what ``config/config.yaml`` may say."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from multicentric.protocol import Block

# The settings that a report's pages depend on.
PRINTED = {"study", "profile", "number_style", "disclosure"}


class Gate(Block):
    """Which centers must be in before anything is pooled.

    Attributes
    ----------
    min_centers
        How many centers must pass.
    required
        Centers that must be among them.
    """

    min_centers: int = Field(default=1, ge=1)
    required: list[str] = Field(default=[])


def _outlives_results(place: str) -> str:
    path = PurePosixPath(place)
    if path.is_absolute() or ".." in path.parts or path.parts[0] in ("results", "logs"):
        raise ValueError("must be a path in the study folder, outside results/ and logs/")
    return path.as_posix()


class Audit(Block):
    """The record of what was published.

    Attributes
    ----------
    ledger
        Its place in the study folder, outside ``results/``, so that it outlives them.
    """

    ledger: Annotated[str, AfterValidator(_outlives_results)] = "audit/ledger.jsonl"


class Disclosure(Block):
    """What a release outside the study may show; see `multicentric.audit.disclosure.Rules`.

    Attributes
    ----------
    threshold
        The smallest count of patients that may be shown.
    round_to
        What counts are rounded to.
    grid_months
        The distance of the steps of a survival curve.
    """

    threshold: int = Field(default=10, ge=2)
    round_to: int = Field(default=5, ge=1)
    grid_months: float = Field(default=3.0, gt=0)


class PatientKeys(Block):
    """Whether results name patients as their center does, or by a keyed hash.

    Attributes
    ----------
    hashed
        Whether patients are called by a keyed hash (HMAC-SHA256) of their center's key.
    secret_variable
        Environment variable that holds the secret of the hash, at least 32 signs long.
    secret_file
        In its place, the whole path of a file that holds it, outside the study's folder.
    """

    hashed: bool = False
    secret_variable: str | None = None
    secret_file: str | None = None

    @model_validator(mode="after")
    def _one_secret(self) -> PatientKeys:
        if self.hashed and (self.secret_variable is None) == (self.secret_file is None):
            raise ValueError("hashed needs secret_variable or secret_file, one of them")
        return self


class Settings(Block):
    """Run settings, ``config/config.yaml``.

    Attributes
    ----------
    study
        The study file.
    strict
        Whether a center that is out makes the run fail.
    profile
        ``full`` for the coordinating center, ``shareable`` for readers outside it.
    number_style
        How a journal writes numbers.
    gate
        Which centers must be in.
    audit
        The record of what was published.
    disclosure
        What a release may show.
    patient_keys
        How patients are named in results.
    """

    study: str = "config/study.yaml"
    strict: bool = False
    profile: Literal["full", "shareable"] = "full"
    number_style: Literal["icmje", "jama", "nejm", "lancet", "bmj", "annals"] = "icmje"
    gate: Gate = Gate()
    audit: Audit = Audit()
    disclosure: Disclosure = Disclosure()
    patient_keys: PatientKeys = PatientKeys()
