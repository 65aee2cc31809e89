"""What a server looks after by itself while it runs: its certificate, what nobody needs any more, systemd."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.clock import Clock
from app.errors import AppError
from sync.server import authority, logs
from sync.server.plan import Plan

if TYPE_CHECKING:
    from sync.server.service import Server

FIRST_SWEEP_S: Final = 120.0
SWEEP_S: Final = 6 * 3600.0
LOOK_AT_CERTIFICATE_S: Final = 3600.0


async def keep_certificate(plan: Plan, context: ssl.SSLContext) -> None:
    """Renew our own certificate in time; use whatever lies in its place, also one that others have renewed."""
    files = plan.certificate
    known = _changed(*files)
    while True:
        await asyncio.sleep(LOOK_AT_CERTIFICATE_S)
        try:
            await asyncio.to_thread(look_at_certificate, plan)
            if (now := _changed(*files)) != known:
                authority.load(context, *files)
                known = now
                logs.event("certificate-loaded")
        except AppError as error:  # the present one is good for weeks: say it, go on
            logs.failed("certificate-failed", error)


async def keep_house(server: Server, clock: Clock) -> None:
    """Remove now and then what nobody needs any more. In one process of a node; nodes do not disturb each other."""
    from sync.server.housekeeping import sweep

    await asyncio.sleep(FIRST_SWEEP_S)
    while True:
        try:
            swept = await asyncio.to_thread(sweep, server.storage, server.objects, clock, server.house.verify)
            logs.event("swept", freed=swept.bytes, snapshots=swept.snapshots, objects=swept.objects)
        except Exception as error:  # the next round may fare better, and devices are served meanwhile
            logs.failed("sweep-failed", error)
        await asyncio.sleep(SWEEP_S * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load


def _changed(*files: Path | None) -> tuple[float, ...]:
    return tuple(file.stat().st_mtime for file in files if file is not None and file.exists())


def look_at_certificate(plan: Plan) -> None:
    now = datetime.now(UTC)
    if not plan.settings.certificate and authority.renew_if_due(plan.home, plan.settings.names, now):
        logs.event("certificate-renewed")
    ends = authority.ends_at(plan.certificate[0])
    logs.event("certificate", days_left=(ends - now).days)


def ready(state: str = "READY=1") -> None:
    """Tell systemd, where it started us."""
    if place := os.environ.get("NOTIFY_SOCKET"):
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.sendto(state.encode(), f"\0{place[1:]}" if place.startswith("@") else place)
