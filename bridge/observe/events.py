"""Named events to standard error, as JSON lines or, where a person reads along, as coloured text.

``log = events.logger("worker"); log.info("host.typed", reset=…, line=…)``. Values are plain types, Secret or Line.
Libraries that log through the standard library come out the same way, and below warnings not at all.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Final, Literal, TextIO, cast

from bridge.domain.secret import Line, Secret
from bridge.observe.light import without
from bridge.observe.masking import mask, mask_all

with without("rich", "greenlet"):  # 5 MB a process: it would colour tracebacks with them, ours are plain
    import structlog
    from structlog.tracebacks import ExceptionDictTransformer
    from structlog.typing import EventDict, FilteringBoundLogger, Processor

Style = Literal["json", "console"]
PLAIN: Final = (int, float, type(None))
OURS: Final = frozenset({"_record", "_from_structlog", "exc_info", "stack_info", "exception"})
MUTED: Final = ("py3270", "paramiko", "tornado.access", "urllib3", "apscheduler", "alembic", "mail.log", "asyncio")


def logger(name: str) -> FilteringBoundLogger:
    """A logger for named events; `name` is the room they happen in. Nobody else imports structlog: see above."""
    return cast(FilteringBoundLogger, structlog.stdlib.get_logger(name))


def set_up(*, style: Style | None = None, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Send every event to `stream`, standard error by default; JSON unless that is a terminal."""
    out = stream or sys.stderr
    handler = logging.StreamHandler(out)
    handler.setFormatter(_Masked(_formatter(style or ("console" if out.isatty() else "json"), colors=out.isatty())))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a line that cannot be written must not print its arguments
    for name in MUTED:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it warns of each turn at which a job is still running
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def _shared() -> Iterable[Processor]:
    return (
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        plain_values,
    )


def _formatter(style: Style, *, colors: bool) -> logging.Formatter:
    """Tracebacks go without local variables: a password may be one."""
    last: tuple[Processor, ...]
    if style == "json":
        trace = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False, max_frames=20))
        last = (trace, masked_values, structlog.processors.JSONRenderer(ensure_ascii=False, default=_name_of))
    else:
        last = (
            masked_values,
            structlog.dev.ConsoleRenderer(
                colors=colors, timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
            ),
        )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared()],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )


def plain_values(_: Any, __: str, event: EventDict) -> EventDict:
    """Let plain values and what masks itself through; of anything else only the type's name."""
    for key, value in event.items():
        if key not in OURS:
            event[key] = _plain(value)
    return event


def masked_values(_: Any, __: str, event: EventDict) -> Mapping[str, Any]:
    """Mask each value before escapes are put in; exc_info is not touched."""
    made: MutableMapping[str, Any] = {
        key: value if key == "exc_info" else mask_all(value) for key, value in event.items()
    }
    return made


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | Secret | Line):
        return str(value)
    return value if isinstance(value, PLAIN) else _name_of(value)


def _name_of(value: object) -> str:
    """A repr could hold anything; an error's own words are for people and were written without secrets."""
    return str(value) if isinstance(value, BaseException) else f"<{type(value).__name__}>"


class _Masked(logging.Formatter):
    """The finished text, traceback included, is masked once more."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return mask(self._inner.format(record))
