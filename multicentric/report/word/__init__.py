"""The report's tables as journals take them: in Word, and as files of comma-separated values."""

from multicentric.report.word.document import write_word
from multicentric.report.word.printed import PrintedTable, printed_tables
from multicentric.report.word.separated import separated_files

__all__ = ["PrintedTable", "printed_tables", "separated_files", "write_word"]
