"""The errors that the Messages API answers with."""

from collections.abc import Mapping

from bot.errors import TextcrewError

Json = dict[str, object]


class ApiProblem(TextcrewError):
    """A request that is answered with an error instead of a message."""

    def __init__(
        self, status: int, kind: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> Json:
        """The JSON that explains the error, in the response or in an `error` event."""
        return {
            "type": "error",
            "error": {"type": self.kind, "message": str(self)},
            "request_id": request_id,
        }


def invalid(message: str) -> ApiProblem:
    return ApiProblem(400, "invalid_request_error", message)


def unauthenticated(message: str) -> ApiProblem:
    return ApiProblem(401, "authentication_error", message)


def forbidden(message: str) -> ApiProblem:
    return ApiProblem(403, "permission_error", message)


def not_found(message: str) -> ApiProblem:
    return ApiProblem(404, "not_found_error", message)


def too_large() -> ApiProblem:
    return ApiProblem(413, "request_too_large", "Request exceeds the maximum size")


def rate_limited(retry_after: float) -> ApiProblem:
    """`retry_after` in seconds."""
    message = "This request would exceed your organization's rate limit."
    return ApiProblem(429, "rate_limit_error", message, {"retry-after": f"{retry_after:g}"})


def server_error() -> ApiProblem:
    return ApiProblem(500, "api_error", "Internal server error")


def overloaded() -> ApiProblem:
    return ApiProblem(529, "overloaded_error", "Overloaded")


def prompt_too_long(tokens: int, maximum: int) -> ApiProblem:
    return invalid(f"prompt is too long: {tokens} tokens > {maximum} maximum")
