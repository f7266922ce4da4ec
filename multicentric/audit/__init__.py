"""The audit: what was published when, from what, and the proof that it still is."""
