"""The report: from tables of numbers to a PDF that a statistical reviewer can read."""

from multicentric.report.document import Page, compose, render_report
from multicentric.report.inputs import ReportInputs, read_inputs
from multicentric.report.pdf import MissingLibrary, RenderingFault

__all__ = [
    "MissingLibrary",
    "Page",
    "RenderingFault",
    "ReportInputs",
    "compose",
    "read_inputs",
    "render_report",
]
