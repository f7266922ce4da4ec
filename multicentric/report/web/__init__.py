"""The report for the screen: the page that the PDF is made from, as one file of HTML."""

from multicentric.report.web.page import NotInPage, write_web

__all__ = ["NotInPage", "write_web"]
