"""Errors that callers get: one class for each problem slug.

RequestRefused
├── Malformed            400   the body is not JSON
├── Unauthenticated      401   the token is missing, wrong or ended
├── Forbidden            403   the caller's role or scope does not allow it
├── NotFound             404   missing, or not visible to the caller: both look alike
├── RequestTimeout       408   the body did not come in time
├── Conflict             409   the state does not allow it (has subclasses beside the rules)
├── LogChanged           410   the log does not have `after`, or has another identity
├── StaleVersion         412   `If-Match` names an older version
├── TooLarge             413
├── WrongMediaType       415
├── RangeNotSatisfiable  416   `Range` begins behind the last byte
├── Invalid              422   every bad field at once
├── IdempotencyMismatch  422
├── RateLimited          429
└── Unavailable          503
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
    """The base class of errors with a sentence for the caller; rendered as problem JSON."""

    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "The request was refused"
    status: ClassVar[int] = 409

    def __init__(self, detail: str, **extras: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extras = extras


class Malformed(RequestRefused):
    slug, title, status = "malformed", "The body is not JSON", 400


class Unauthenticated(RequestRefused):
    slug, title, status = "unauthenticated", "Sign in first", 401


class Forbidden(RequestRefused):
    slug, title, status = "forbidden", "Your role does not allow this", 403


class NotFound(RequestRefused):
    slug, title, status = "not-found", "Not found", 404

    def __init__(self, detail: str = "This does not exist, or you may not see it.") -> None:
        super().__init__(detail)


class RequestTimeout(RequestRefused):
    slug, title, status = "request-timeout", "The request took too long to arrive", 408


class Conflict(RequestRefused):
    slug, title, status = "conflict", "The current state does not allow this", 409


class LogChanged(RequestRefused):
    """`extras` has the current `epoch` and `seq` of the log."""

    slug, title, status = "log-changed", "The event log has changed", 410

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


class TooLarge(RequestRefused):
    slug, title, status = "too-large", "The body is too large", 413


class WrongMediaType(RequestRefused):
    slug, title, status = (
        "wrong-media-type",
        "This media type is not taken here",
        415,
    )


class RangeNotSatisfiable(RequestRefused):
    """`size` is the file's, in bytes."""

    slug, title, status = "range-not-satisfiable", "The file has no such bytes", 416

    def __init__(self, size: int) -> None:
        super().__init__(f"The file has {size} bytes.")
        self.size = size


class Invalid(RequestRefused):
    """`extras["errors"]` lists every bad field at once.

    `given` has the readable fields of the body, for further checks.
    """

    slug, title, status = "validation", "Some fields are invalid", 422

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


class RateLimited(RequestRefused):
    """`retry_after` is in whole seconds, like the header of that name."""

    slug, title, status = "rate-limited", "Too many requests", 429

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(RequestRefused):
    """`retry_after` is in whole seconds."""

    slug, title, status = "unavailable", "The server cannot do this right now", 503

    def __init__(self, detail: str, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


def _format_error(error: FieldError) -> str:
    where = error.pointer or error.parameter
    return f"{where}: {error.detail}" if where else f"The body {error.detail}"
