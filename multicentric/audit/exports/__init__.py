"""The study in the forms that other programs read: ADaM-like tables, dictionaries, a codebook."""
