"""Multicentric: from the drops of a multicenter study to a validated dataset and a report."""

from pathlib import Path

__version__ = "0.1.0"

# Where Snakefile, scripts and templates stand, beside this package.
ENGINE = Path(__file__).resolve().parents[1]
