"""The report: from tables of numbers to a PDF that a statistical reviewer can read."""

from multicentric.report.document import Rendered, render, render_report
from multicentric.report.inputs import ReportInputs, read_inputs
from multicentric.report.pdf import MissingLibrary, RenderingFault

__all__ = [
    "MissingLibrary",
    "Rendered",
    "RenderingFault",
    "ReportInputs",
    "read_inputs",
    "render",
    "render_report",
]
