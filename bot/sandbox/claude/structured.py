"""Structured answers have every field that their schema requires, also ones of another release."""

import json
from collections.abc import Mapping
from dataclasses import replace

from bot.sandbox.claude.answers import ScriptedAnswer, Text
from bot.sandbox.claude.messages import MessagesRequest

NOTHING = "(nothing)"  # what the script does not know


def with_required_fields(request: MessagesRequest, answer: ScriptedAnswer) -> ScriptedAnswer:
    """The answer, with texts in place of those that the script does not know of."""
    wanted = request.output_config.format if request.output_config else None
    if wanted is None or answer.stop_reason != "end_turn":
        return answer
    *before, last = answer.parts
    if not isinstance(last, Text):
        return answer
    schema: Mapping[str, object] = wanted.json_schema
    known = json.loads(last.words)
    properties, required = schema.get("properties"), schema.get("required")
    if not isinstance(properties, Mapping) or not isinstance(required, list):
        return answer
    missing = [
        name for name in required if name not in known and properties[name].get("type") == "string"
    ]
    if not missing:
        return answer
    filled = known | dict.fromkeys(missing, NOTHING)
    words = json.dumps(filled, ensure_ascii=False)
    return replace(answer, parts=(*before, replace(last, words=words)))
