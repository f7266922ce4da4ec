"""Multicentric: from the drops of a multicenter study to a validated dataset and a report."""
