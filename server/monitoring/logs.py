"""Structured logs on standard error: text on a terminal, JSON lines elsewhere."""

import logging
import sys
from typing import Any, Final

import structlog

_SHARED_PROCESSORS: Final[list[Any]] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure_logging(log_format: str | None) -> None:
    """Configures the log and the libraries' logs alike.

    `log_format` is `text` or `json`; None means text on a terminal and JSON elsewhere.
    """
    as_text = log_format == "text" or (log_format is None and sys.stderr.isatty())
    rendered = _make_renderers(as_text=as_text)
    structlog.configure(
        processors=[*_SHARED_PROCESSORS, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED_PROCESSORS,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def _make_renderers(*, as_text: bool) -> list[Any]:
    if as_text:
        # Without the values of variables, which may be passwords or what customers wrote.
        return [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
