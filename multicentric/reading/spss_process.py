"""Reads one SPSS file in a process of its own: the C library behind it can crash on a damaged file.

Run as a script with the file's path and, optionally, an encoding; writes a pickled dictionary of
what the file holds, or `{"error": text}`, to standard output.
"""

from __future__ import annotations

import pickle
import sys


def main(path: str, encoding: str | None) -> dict[str, object]:
    """Read values, labels and missing codes of an SPSS file, dates as seconds."""
    import pyreadstat

    try:
        data, meta = pyreadstat.read_sav(
            path,
            encoding=encoding,
            user_missing=True,
            disable_datetime_conversion=True,
            output_format="dict",
        )
    except MemoryError:
        return {"error": "claims to be larger than the memory"}
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        return {"error": str(error)}
    return {
        "names": meta.column_names,
        "values": [data[name] for name in meta.column_names],
        "encoding": meta.file_encoding,
        "rows": meta.number_rows or 0,
        "formats": meta.original_variable_types,
        "labels": meta.variable_value_labels,
        "missing": meta.missing_ranges,
        "descriptions": meta.column_names_to_labels,
    }


if __name__ == "__main__":
    pickle.dump(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None), sys.stdout.buffer)
