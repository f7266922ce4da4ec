"""``multicentric draft``: a first mapping of files that nobody has described yet."""

from multicentric.draft.draft import Draft, draft
from multicentric.draft.writer import mapping_text

__all__ = ["Draft", "draft", "mapping_text"]
