"""The report's figures one by one, in the forms that a journal takes, each with its data."""

from multicentric.report.journal.figures import JournalFigure, journal_figures
from multicentric.report.journal.forms import forms_of, write_figures

__all__ = ["JournalFigure", "forms_of", "journal_figures", "write_figures"]
