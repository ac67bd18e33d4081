"""Files put together for a user to keep."""

import csv
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from unicodedata import category

ZIP = "application/zip"
BEGINNING = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip file can tell of
# A cell that begins so is a formula to a spreadsheet, and strangers write what is in it.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def file_name(title: str) -> str:
    """A title as the name of a file, without an ending: its words, joined."""
    kept = ""
    for one in title:
        is_mark = category(one).startswith("M")  # a vowel in Hindi, which belongs to its letter
        kept += one if one.isalnum() or one == "_" or (is_mark and kept[-1:].strip()) else " "
    return "-".join(kept.split()).lower() or "app"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip file; the same files make the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, BEGINNING)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def as_files(documents: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, bytes]:
    """Two files a collection: JSON with all there is, and a table for spreadsheets.

    Each document comes with its collection; what visitors wrote is its `data`.
    """
    by_collection: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for collection, document in documents:
        by_collection[collection].append(document)
    files = {}
    for collection, rows in by_collection.items():
        files[f"{collection}.json"] = json.dumps(rows, ensure_ascii=False, indent=1).encode()
        files[f"{collection}.csv"] = _table(rows)
    return files


def _table(rows: list[Mapping[str, Any]]) -> bytes:
    ours = [name for name in rows[0] if name != "data"]
    theirs = list(dict.fromkeys(name for row in rows for name in row["data"]))
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(map(_cell, (*ours, *theirs)))
    for row in rows:
        values = (*(row[name] for name in ours), *(row["data"].get(name, "") for name in theirs))
        table.writerow(map(_cell, values))
    return written.getvalue().encode("utf-8-sig")  # spreadsheets take it for Latin without the mark


def _cell(value: Any) -> Any:
    if isinstance(value, bool | list | dict) or value is None:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value
