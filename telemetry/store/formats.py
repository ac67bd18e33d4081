"""An answer in the forms that Logfire's query API gives: JSON rows, CSV, Arrow."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from telemetry.store.query_result import Column, QueryResult

if TYPE_CHECKING:
    import pyarrow as pa

_INTEGERS = {"smallint": "Int16", "integer": "Int32", "bigint": "Int64", "record_level": "UInt16"}
_FLOATS = {"real": "Float32", "double precision": "Float64", "numeric": "Float64"}


def json_answer(answer: QueryResult) -> str:
    """Rows as objects, and the schema, in the words of Logfire's engine."""
    fields = [
        {"name": column.name, "data_type": _data_type(column.type), "nullable": True}
        for column in answer.columns
    ]
    schema = json.dumps({"fields": fields, "metadata": {}})
    return f'{{"schema": {schema}, "data": [{", ".join(map(json.dumps, _objects(answer)))}]}}'


def json_rows(answer: QueryResult) -> str:
    """Rows as objects, indented to be read."""
    return json.dumps(list(_objects(answer)), indent=2, ensure_ascii=False)


def json_lines(answer: QueryResult) -> str:
    """A row a line."""
    return "".join(f"{json.dumps(row)}\n" for row in _objects(answer))


def csv_answer(answer: QueryResult) -> str:
    """Comma-separated with a line of names; nothing for NULL, JSON for what is nested."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(column.name for column in answer.columns)
    writer.writerows([_cell(value) for value in row] for row in answer.read())
    return text.getvalue()


def arrow_answer(answer: QueryResult) -> bytes:
    """An Arrow stream. Raises `ImportError` without pyarrow."""
    import pyarrow as pa

    fields = [pa.field(column.name, _arrow_type(column.type)) for column in answer.columns]
    columns = [
        pa.array([_arrow_value(row[index], field.type) for row in answer.read()], field.type)
        for index, field in enumerate(fields)
    ]
    table = pa.Table.from_arrays(columns, schema=pa.schema(fields))
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def as_answer(payload: Any) -> QueryResult:
    """Read what `json_answer`, or Logfire, has written."""
    fields = payload["schema"]["fields"]
    columns = [Column(name=field["name"], type=str(field["data_type"])) for field in fields]
    rows = [[row.get(column.name) for column in columns] for row in payload["data"]]
    return QueryResult(columns=columns, rows=rows)


def _objects(answer: QueryResult) -> Iterator[dict[str, Any]]:
    names = [column.name for column in answer.columns]
    return (dict(zip(names, row, strict=True)) for row in answer.read())


def _data_type(type_name: str) -> Any:
    if type_name.endswith("[]"):
        item = {"name": "item", "data_type": _data_type(type_name[:-2]), "nullable": True}
        return {"List": item}
    if type_name.startswith("timestamp"):
        return {"Timestamp": ["Microsecond", "UTC"]}
    known = {**_INTEGERS, **_FLOATS, "boolean": "Boolean", "date": "Date32"}
    return known.get(type_name, "Utf8")


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case list() | dict():
            return json.dumps(value)
        case _:
            return value


def _arrow_type(type_name: str) -> "pa.DataType":
    import pyarrow as pa

    if type_name.endswith("[]"):
        return pa.list_(_arrow_type(type_name[:-2]))
    if type_name.startswith("timestamp"):
        return pa.timestamp("us", tz="UTC")
    if type_name in _INTEGERS:
        return pa.int64()
    if type_name in _FLOATS:
        return pa.float64()
    return pa.bool_() if type_name == "boolean" else pa.string()


def _arrow_value(value: Any, wanted: "pa.DataType") -> Any:
    import pyarrow as pa

    if value is None or isinstance(value, bool):
        return value
    if pa.types.is_timestamp(wanted):
        return datetime.fromisoformat(value)
    if pa.types.is_floating(wanted):
        return float(value)
    if pa.types.is_string(wanted) and not isinstance(value, str):
        return json.dumps(value)
    return value
