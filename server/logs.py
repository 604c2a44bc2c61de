"""Logs: structured, to standard error, for people on a terminal and for machines elsewhere."""

import logging
import sys
from typing import Any

import structlog


def configure(log_format: str | None) -> None:
    """`text` or `json`; by default text on a terminal."""
    as_text = log_format == "text" or (log_format is None and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer() if as_text else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
