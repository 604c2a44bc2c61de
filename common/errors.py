"""Errors that callers get: one class for each problem slug.

Conflicts have their classes beside the rules that raise them.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from msgspec import Struct


class FieldError(Struct, frozen=True, omit_defaults=True):
    """One bad field: a JSON pointer into the body, or the name of a query parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class RequestRefused(Exception):
    """The base class of errors with a sentence for the caller; rendered as problem JSON.

    `occasion` says in docs/api.md when the error comes, and what to do then.
    """

    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 409
    occasion: ClassVar[str] = ""

    def __init__(self, detail: str, **extras: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extras = extras


class Malformed(RequestRefused):
    slug, title, status = "malformed", "The body cannot be read", 400
    occasion = "The body is not JSON in UTF-8, or not the form that its headers say."


class Unauthenticated(RequestRefused):
    slug, title, status = "unauthenticated", "Sign in first", 401
    occasion = "The token is missing, wrong, expired or ended. Sign in again."


class Forbidden(RequestRefused):
    slug, title, status = "forbidden", "Your role does not allow this", 403
    occasion = "The role or the key's scopes do not allow the route or the change."


class NotFound(RequestRefused):
    slug, title, status = "not-found", "Not found", 404
    occasion = "No such route or object, or not the caller's to see."

    def __init__(self, detail: str = "This does not exist, or you may not see it.") -> None:
        super().__init__(detail)


class RequestTimeout(RequestRefused):
    slug, title, status = "request-timeout", "The request took too long to arrive", 408
    occasion = "The body did not come within `--request-timeout`. Send it again."


class Conflict(RequestRefused):
    slug, title, status = "conflict", "The current state does not allow this", 409


class LogChanged(RequestRefused):
    """`extras` has the current `epoch` and `seq` of the log."""

    slug, title, status = "log-changed", "The event log has changed", 410
    occasion = (
        "The log does not reach to `after`, or has another epoch than `epoch`: it was restored"
        " from a backup. Begin anew; `epoch` and `seq` say where it is."
    )

    def __init__(self, epoch: str, seq: int) -> None:
        super().__init__(
            "The event log was replaced, for example by a restored backup. Discard what you have"
            f" read, load everything again, and continue after event {seq}.",
            epoch=epoch,
            seq=seq,
        )


class StaleVersion(RequestRefused):
    """`extras["ticket"]` is the ticket as it is now."""

    slug, title, status = "stale-version", "The ticket has changed since you read it", 412
    occasion = (
        "`If-Match` names an older version: `ticket` is the present one, without its description."
    )


class TooLarge(RequestRefused):
    slug, title, status = "too-large", "The body is too large", 413
    occasion = (
        "The body is larger than `--max-body`, or a file larger than the organization or"
        " `--max-attachment` allows."
    )


class WrongMediaType(RequestRefused):
    slug, title, status = (
        "wrong-media-type",
        "This media type is not taken here",
        415,
    )
    occasion = (
        "Send `Content-Type: application/json`, in UTF-8 (another `charset` is refused too) and"
        " without `Content-Encoding`; where files are sent, `multipart/form-data`."
    )


class RangeNotSatisfiable(RequestRefused):
    """`size` is the file's, in bytes."""

    slug, title, status = "range-not-satisfiable", "The file has no such bytes", 416
    occasion = "`Range` begins behind the last byte of an attachment; `Content-Range` has its size."

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes.")
        self.size = size


class Invalid(RequestRefused):
    """`extras["errors"]` lists every bad field at once.

    `given` has the readable fields of the body, for further checks.
    """

    slug, title, status = "validation", "Some fields are invalid", 422
    occasion = (
        "`errors` has every bad field at once, each with `pointer` (a JSON pointer into the body)"
        " or `parameter`, and `detail`. A key that stands more than once in its object is one,"
        " nested objects included."
    )

    def __init__(self, *errors: FieldError, given: Mapping[str, Any] | None = None) -> None:
        super().__init__("; ".join(_format_error(error) for error in errors), errors=list(errors))
        self.errors = errors
        self.given = given

    def with_errors(self, more: Iterable[FieldError]) -> "Invalid":
        """Returns the error with further field errors, except for fields that it already names."""
        named = {(error.pointer, error.parameter) for error in self.errors}
        added = [error for error in more if (error.pointer, error.parameter) not in named]
        return Invalid(*self.errors, *added, given=self.given)

    @classmethod
    def for_field(cls, pointer: str, detail: str) -> "Invalid":
        """Returns the error for one field of the body."""
        return cls(FieldError(detail, pointer=pointer))

    @classmethod
    def for_parameter(cls, parameter: str, detail: str) -> "Invalid":
        """Returns the error for one query parameter."""
        return cls(FieldError(detail, parameter=parameter))


class IdempotencyMismatch(RequestRefused):
    slug, title, status = "idempotency-mismatch", "This key was used with another body", 422
    occasion = "The key was used with another body. Take a new one."


class RateLimited(RequestRefused):
    """`retry_after` is in whole seconds, like the header of that name."""

    slug, title, status = "rate-limited", "Too many requests", 429
    occasion = "Wait `Retry-After` seconds."

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(RequestRefused):
    """`retry_after` is in whole seconds."""

    slug, title, status = "unavailable", "The server cannot do this right now", 503
    occasion = (
        "The server or its database cannot take it now. Wait `Retry-After` seconds, then send it"
        " again, with the same `Idempotency-Key`: a write may have been done."
    )

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


def _format_error(error: FieldError) -> str:
    where = error.pointer or error.parameter
    return f"{where}: {error.detail}" if where else f"The body {error.detail}"
