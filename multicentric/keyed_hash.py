"""Patients' keys replaced by a keyed hash, so that results name nobody whom a center could look up.

HMAC-SHA256 (RFC 2104) of the key under a secret that stands outside the study's folder. Whoever
lacks the secret can neither undo it nor try out keys; under one secret a key has one hash, in every
drop and at every center.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from multicentric import ENGINE
from multicentric.documents import Mistake, Mistakes, read_document
from multicentric.settings import PatientKeys, Settings
from multicentric.study import load_settings

SETTINGS = "config/config.yaml"
# 128 bits: half of the hash, the least that RFC 2104 recommends to keep.
DIGITS = 32
FEWEST_SIGNS = 32


class KeyedHash:
    """The hash of keys under one secret, which no representation of it shows."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, key: str) -> str:
        """The hash of one key: 32 hexadecimal digits.

        Examples
        --------
        >>> KeyedHash(b"a secret of the study").of("AR-0001")
        'c6686a7475374d54278be00ce42633c3'
        """
        return self._hash(f"key\x1f{key}")

    def each(self, keys: Iterable[str | None]) -> np.ndarray:
        """The hashes of keys as object array; None stays None."""
        return np.array([None if key is None else self.of(key) for key in keys], dtype=object)

    @property
    def fingerprint(self) -> str:
        """What tells two secrets apart without telling either."""
        return self._hash("which secret")[:12]

    def _hash(self, text: str) -> str:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:DIGITS]


def keyed_hash(folder: Path, settings: Settings) -> KeyedHash | None:
    """The hash that the settings ask for; None where keys stay as sent.

    Parameters
    ----------
    folder
        The study's folder.

    Raises
    ------
    multicentric.documents.Mistakes
        The secret is not where the settings say, too short, or stands inside the study's folder.
    """
    how = settings.patient_keys
    if not how.hashed:
        return None
    try:
        secret = _secret(folder, how)
    except ValueError as why:
        document = read_document(folder / SETTINGS, SETTINGS)
        line = document.line(("patient_keys",))
        problem = f"patient keys are to be hashed, but {why}."
        raise Mistakes([Mistake(SETTINGS, line, problem)]) from None
    return KeyedHash(secret)


def secret_of(folder: Path) -> KeyedHash | None:
    """The hash that a study's own settings ask for; see `keyed_hash`."""
    return keyed_hash(folder, load_settings(folder))


def _secret(folder: Path, how: PatientKeys) -> bytes:
    if how.secret_variable is not None:
        place = f"the environment variable {how.secret_variable}"
        secret = os.environ.get(how.secret_variable, "").strip().encode()
        if not secret:
            raise ValueError(f"{place} is not set")
    else:
        path = Path(str(how.secret_file)).expanduser()
        place = f"the file {how.secret_file}"
        if not path.is_absolute():
            raise ValueError(f"{place} is not named by its whole path")
        path = path.resolve()
        if any(path.is_relative_to(inside.resolve()) for inside in (folder, ENGINE)):
            raise ValueError(f"{place} stands inside the study's folder, whose files others get")
        try:
            secret = path.read_bytes().strip()
        except OSError as error:
            raise ValueError(f"{place} cannot be read ({error.strerror})") from error
    if len(secret) < FEWEST_SIGNS:
        raise ValueError(f"the secret in {place} is shorter than {FEWEST_SIGNS} signs")
    return secret
