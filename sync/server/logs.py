"""Log lines as JSON, one a line, of which none says anything about a person, a company or what it stores.

No ids, no names, no texts of errors (a message could hold a value): events, kinds and places in the program, and
addresses without the part that tells one computer from its neighbours.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
LOGGER: Final = logging.getLogger("provender.server")
_KEPT_BITS: Final = {4: 24, 6: 48}


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": record.process,
        }
        if record.name == LOGGER.name:
            line["event"] = record.msg
            line |= getattr(record, "facts", {})
        else:
            # Of a library we take the message's pattern, never what was filled in.
            line["event"] = "library"
            line["library"] = record.name
            line["message"] = str(record.msg).split("\n")[0][:120] if not record.exc_info else ""
        if record.exc_info and record.exc_info[1] is not None:
            line |= failure(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True)


def begin(level: str = "info") -> None:
    """Write every log line of this process to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    LOGGER.setLevel(level.upper())


def event(name: str, level: int = logging.INFO, /, **facts: str | float | None) -> None:
    """Say that something happened, with facts that are nobody's own."""
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, name, extra={"facts": facts})


def failure(error: BaseException) -> dict[str, str]:
    """Kind of an error and where it came from."""
    places = [
        f"{Path(frame.filename).relative_to(ROOT).as_posix()}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(ROOT) and ".venv" not in frame.filename
    ]
    return {"error": type(error).__qualname__, "where": " < ".join(reversed(places[-6:]))}


def failed(name: str, error: BaseException) -> None:
    """Say that something went wrong that should not."""
    event(name, logging.ERROR, **failure(error))


def network(address: str) -> str:
    """An address without what tells one computer of its network from another."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((parsed, _KEPT_BITS[parsed.version]), strict=False))
