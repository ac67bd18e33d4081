"""The cookbook as a dashboard: a panel for each question, in the form of Logfire and of Grafana.

Logfire's form is that of Perses with query plugins of its own, and it adds the time that is looked
at to each query by itself. Grafana asks PostgreSQL, where that is written into the query.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from telemetry.cookbook import Query, cookbook

TITLE = "textcrew"

_COLUMNS = 24  # of both grids
_WIDTH, _HEIGHT = 12, 8
_DATASOURCE = {"type": "grafana-postgresql-datasource", "uid": "${datasource}"}
_IN_TIME = "$__timeFilter(start_timestamp)"


def panels() -> tuple[Query, ...]:
    """The questions that have a panel: all that ask of more than a single request."""
    return tuple(query for query in cookbook().values() if "request_id" not in query.parameters)


def logfire_dashboard() -> str:
    """The definition that Logfire takes, as JSON."""
    return _json(
        {
            "kind": "Dashboard",
            "metadata": {"name": TITLE, "project": TITLE},
            "spec": {
                "display": {"name": TITLE},
                "duration": "24h",
                "variables": [],
                "panels": {query.name: _logfire_panel(query) for query in panels()},
                "layouts": [
                    {
                        "kind": "Grid",
                        "spec": {
                            "items": [
                                {**place, "content": {"$ref": f"#/spec/panels/{query.name}"}}
                                for query, place in zip(
                                    panels(), _places("width", "height"), strict=False
                                )
                            ]
                        },
                    }
                ],
            },
        }
    )


def grafana_dashboard() -> str:
    """The definition that Grafana imports, as JSON; it asks for the PostgreSQL data source."""
    return _json(
        {
            "title": TITLE,
            "uid": TITLE,
            "schemaVersion": 39,
            "time": {"from": "now-24h", "to": "now"},
            "refresh": "1m",
            "templating": {
                "list": [
                    {
                        "name": "datasource",
                        "label": "PostgreSQL",
                        "type": "datasource",
                        "query": _DATASOURCE["type"],
                    }
                ]
            },
            "panels": [
                _grafana_panel(query, number, place)
                for number, (query, place) in enumerate(
                    zip(panels(), _places("w", "h"), strict=False), start=1
                )
            ],
        }
    )


def _places(width: str, height: str) -> Iterator[dict[str, int]]:
    """Two panels a row; the forms have other names for the same sizes."""
    number = 0
    while True:
        row, column = divmod(number, _COLUMNS // _WIDTH)
        yield {"x": column * _WIDTH, "y": row * _HEIGHT, width: _WIDTH, height: _HEIGHT}
        number += 1


def _logfire_panel(query: Query) -> dict[str, Any]:
    asked = {"kind": "LogfireNonTimeSeriesQuery", "spec": {"query": query.sql}}
    return {
        "kind": "Panel",
        "spec": {
            "display": {"name": query.title, "description": query.question},
            "plugin": {"kind": "Table", "spec": {}},
            "queries": [{"kind": "NonTimeSeriesQuery", "spec": {"plugin": asked}}],
        },
    }


def _grafana_panel(query: Query, number: int, place: dict[str, int]) -> dict[str, Any]:
    bar = {
        "matcher": {"id": "byName", "options": query.bar},
        "properties": [{"id": "custom.cellOptions", "value": {"type": "gauge", "mode": "basic"}}],
    }
    return {
        "id": number,
        "type": "table",
        "title": query.title,
        "description": query.question,
        "gridPos": place,
        "datasource": _DATASOURCE,
        "fieldConfig": {"defaults": {}, "overrides": [bar] if query.bar else []},
        "targets": [
            {
                "refId": "A",
                "datasource": _DATASOURCE,
                "format": "table",
                "editorMode": "code",
                "rawQuery": True,
                "rawSql": _in_time(query.sql),
            }
        ],
    }


def _in_time(sql: str) -> str:
    """The query on what began in the time that is looked at.

    Each view that it names is put before it under the same name, cut to that time: within the query
    the filter would have to be woven into every place that reads one.
    """
    views = ", ".join(
        f"{name} AS (SELECT * FROM public.{name} WHERE {_IN_TIME})"
        for name in ("records", "records_all")
        if re.search(rf"\b{name}\b", sql)
    )
    if sql.startswith("WITH "):
        return f"WITH {views}, {sql.removeprefix('WITH ')}"
    return f"WITH {views}\n{sql}"


def _json(definition: dict[str, Any]) -> str:
    return json.dumps(definition, indent=2, ensure_ascii=False)
