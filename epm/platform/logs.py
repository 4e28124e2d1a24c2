"""One line of JSON for each event, whoever says it, with what is bound to the request or task."""

import logging
import logging.config
import re
from typing import Any, Final

import orjson
import structlog
from structlog.types import EventDict, Processor

API_KEY: Final = re.compile(r"(rk_live_[A-Za-z0-9]+_)[A-Za-z0-9_-]+")

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure(config: dict[str, Any]) -> None:
    """Set up `logging` and `structlog` alike. Django calls this with the LOGGING setting."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def formatter(*, format_: str) -> logging.Formatter:
    """Render structlog's events and plain log records in the same way."""
    ending: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if format_ == "console"
        else [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_as_json),
        ]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending, _masked],
    )


def _masked(_logger: Any, _method: str, line: Any) -> str:
    """No secret reaches a log, not even a key that somebody wrote into a URL."""
    return API_KEY.sub(r"\1…", str(line))


def _as_json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
