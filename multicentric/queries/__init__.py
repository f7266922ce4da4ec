"""Questions to centers: packs to answer, answers that come back, and what became of each."""
