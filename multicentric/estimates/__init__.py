"""The one table of every number: results as data, before anyone lays them out.

Each table is imported from its own module, so that a stage depends on what it makes and no more.
"""
