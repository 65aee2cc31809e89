"""The companies' rosters, validated once in each process and followed as they grow."""

from __future__ import annotations

from collections import OrderedDict

from app.errors import Conflict, Damaged
from app.i18n import _
from app.model.roster import Roster
from app.model.statements import Verify
from sync.server.storage import CompanyRow, Tx

MOST = 2_000
"""Rosters kept at once; those not asked for longest are forgotten."""
PART = 500


class Rosters:
    """What was validated. A roster is known by company, length and head, so that a transaction that was undone, or
    another process's, never leaves a wrong one behind."""

    __slots__ = ("_known", "_verify")

    def __init__(self, verify: Verify) -> None:
        self._verify = verify
        self._known: OrderedDict[bytes, Roster] = OrderedDict()

    def get(self, tx: Tx, row: CompanyRow) -> Roster:
        """The roster that the company's row speaks of. Raises Damaged where the statements do not prove it."""
        known = self._known.get(row.company)
        if known is not None and known.index + 1 == row.length and known.head == row.head:
            return known
        roster = self._grown(tx, row, known) or self._grown(tx, row, None)
        if roster is None:
            raise Damaged(_("The server's record of a company's members is damaged. Restore a backup."))
        self.keep(roster)
        return roster

    def keep(self, roster: Roster) -> None:
        """Remember a roster that was validated already."""
        self._known[roster.company] = roster
        self._known.move_to_end(roster.company)
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def _grown(self, tx: Tx, row: CompanyRow, roster: Roster | None) -> Roster | None:
        """A roster followed up to the row's head; None where it does not lead there."""
        if roster is not None and roster.index + 1 >= row.length:
            return None
        while roster is None or roster.index + 1 < row.length:
            start = 0 if roster is None else roster.index + 1
            part = tx.statements(row.company, start, min(PART, row.length - start))
            if not part:
                return None
            for signed in part:
                try:
                    roster = (
                        Roster.begin(signed, self._verify, row.company)
                        if roster is None
                        else roster.append(signed, self._verify)
                    )
                except Conflict:
                    return None
        return roster if roster.head == row.head else None
