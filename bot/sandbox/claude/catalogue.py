"""The models that the stand-in knows, with the sizes that Anthropic documents (tokens)."""

from dataclasses import dataclass, field

from bot.sandbox.claude.problems import Json, not_found

EFFORTS = ("low", "medium", "high", "xhigh", "max")
WAYS = ("adaptive", "between_tools", "disabled", "enabled")


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model; sizes in tokens.

    One with an effort of its own thinks that much unless it is told otherwise; `thinking_types` are
    what it takes as `thinking`.
    """

    id: str
    display_name: str
    line: str
    released: str
    window: int
    max_output: int
    forced_tool_use: bool = True
    own_effort: str = ""
    thinking_types: frozenset[str] = field(default=frozenset({"enabled", "disabled"}))

    @property
    def takes_effort(self) -> bool:
        """Whether it can be told how much to think."""
        return bool(self.own_effort)

    def as_json(self, window: int | None) -> Json:
        """What `GET /v1/models/{id}` answers; `window` replaces the model's own when given."""
        return {
            "type": "model",
            "id": self.id,
            "display_name": self.display_name,
            "line": self.line,
            "lifecycle": "active",
            "created_at": f"{self.released}T00:00:00Z",
            "capabilities": self._capabilities(),
            "deprecated_at": None,
            "retires_at": None,
            "max_input_tokens": window or self.window,
            "max_tokens": self.max_output,
        }

    def _capabilities(self) -> Json:
        takes_effort, yes = {"supported": self.takes_effort}, {"supported": True}
        plain = ("batch", "citations", "code_execution", "image_input", "pdf_input")
        return {
            **dict.fromkeys((*plain, "structured_outputs", "context_management"), yes),
            "server_tools": {**yes, "code_execution": yes, "web_search": yes},
            "effort": {**takes_effort, **dict.fromkeys(EFFORTS, takes_effort)},
            "thinking": {
                **yes,
                "types": {way: {"supported": way in self.thinking_types} for way in WAYS},
            },
        }


MODELS = {
    model.id: model
    for model in (
        Model(
            id="claude-opus-5-5",
            display_name="Claude Opus 5.5",
            line="opus",
            released="2026-08-01",
            window=1_000_000,
            max_output=128_000,
            forced_tool_use=False,
            own_effort="medium",
            thinking_types=frozenset({"adaptive", "between_tools"}),
        ),
        Model(
            id="claude-sonnet-5-5",
            display_name="Claude Sonnet 5.5",
            line="sonnet",
            released="2026-08-01",
            window=1_000_000,
            max_output=128_000,
            forced_tool_use=False,
            own_effort="high",
            thinking_types=frozenset({"adaptive", "between_tools"}),
        ),
        Model(
            id="claude-haiku-5-5",
            display_name="Claude Haiku 5.5",
            line="haiku",
            released="2026-08-01",
            window=1_000_000,
            max_output=128_000,
            own_effort="medium",
            thinking_types=frozenset({"adaptive", "disabled"}),
        ),
        Model(
            id="claude-haiku-4-5",
            display_name="Claude Haiku 4.5",
            line="haiku",
            released="2025-10-01",
            window=200_000,
            max_output=64_000,
        ),
    )
}


def find_model(model_id: str) -> Model:
    """Return the model; raises a 404 `not_found_error` for an id that nobody knows."""
    model = MODELS.get(model_id)
    if model is None:
        raise not_found(f"model: {model_id}")
    return model
