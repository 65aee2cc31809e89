"""Gives rejected rows back as a file after an import, for which nobody named one before."""

from __future__ import annotations

import os

from app.errors import Unreadable
from app.features.crm.importing.layout import Layout
from app.features.crm.importing.outcome import RejectsFile, Report
from app.features.crm.importing.reading import rows
from app.features.crm.importing.source import stamp
from app.gateway import progress
from app.i18n import _

STEP_ROWS = 500


def save_rejected(
    path: str | os.PathLike[str], layout: Layout, report: Report, target: str | os.PathLike[str]
) -> int:
    """Read the imported file once more and write its rejected rows to `target`; returns how many.

    Raises Unreadable where the file is no longer what was imported, Unwritable, Cancelled.
    """
    wanted = iter(report.rejections)
    waiting = next(wanted, None)
    count = 0
    with rows(path, layout) as reading, RejectsFile(target, reading.columns) as file:
        if stamp(path) != report.stamp:
            raise _changed(reading.name)
        for number, row in enumerate(reading):
            if waiting is None:
                break
            if row.number == waiting[0]:
                file.add(row, waiting[1], waiting[2])
                count += 1
                waiting = next(wanted, None)
            if not number % STEP_ROWS:
                progress.step(reading.position, reading.size)
        if waiting is not None:
            raise _changed(reading.name)
        file.done()
    return count


def _changed(name: str) -> Unreadable:
    return Unreadable(
        _(
            "“{name}” is no longer the file that was imported, so its rejected rows cannot be found in it."
        ).format(name=name)
    )
