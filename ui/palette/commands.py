"""Everything that can be done, as rows: the screen's own commands, the window's, and those for everywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtGui import QKeySequence

from app.i18n import N_, _
from app.model.asking import Question, understand
from app.model.marking import spans
from app.model.terms import NAME
from ui.actions import Action
from ui.desk import Desk
from ui.widgets.looks import look_actions
from ui.widgets.search_results import Result, Span

SETTINGS = (
    ("appearance", N_("Settings: appearance")),
    ("custom_fields", N_("Settings: custom fields")),
    ("security", N_("Settings: password and recovery code")),
    ("trail", N_("Settings: audit trail")),
    ("backups", N_("Settings: backup")),
    ("company", N_("Settings: company and profile")),
    ("about", N_("About Provender")),
)


def command_rows(desk: Desk, offers: Iterable[Action], typed: str) -> tuple[Result, ...]:
    """The commands that have every word of what was typed, in either language; all of them for nothing."""
    question = understand(typed)
    rows, seen = [], {"search"}  # a command of the screen in sight comes before its twin for everywhere
    all_ = (*offers, *_everywhere(desk), *look_actions())
    shortcuts = {_(action.label): action.shortcut for action in all_ if action.shortcut}  # of either twin
    for action in all_:
        label = _(action.label)
        if not seen.isdisjoint((action.id, label)) or not action.enabled():
            continue
        seen.update((action.id, label))
        marks = _marks(question, label)
        if marks is None and question is not None and label != action.label:
            marks = () if _marks(question, action.label) is not None else None
        if marks is not None or (question is None and not typed.strip()):
            keys = QKeySequence(shortcuts.get(label, "")).toString(QKeySequence.SequenceFormat.NativeText)
            on = action.checked is not None and action.checked()
            rows.append(Result(label, action.icon, marks or (), side=keys, checked=on, what=action))
    return (Result(_("Commands"), heading=True), *rows) if rows else ()


def is_meant(text: str, actions: Sequence[Result]) -> bool:
    """Whether what was typed begins a command's name, and is long enough to mean it."""
    return len(text.strip()) > 1 and any(opens_so(row) for row in actions)


def opens_so(row: Result) -> bool:
    return any(start == 0 for start, _end in row.marks)


def _everywhere(desk: Desk) -> tuple[Action, ...]:
    """What the screens offer when one is there, and people want from wherever they are."""
    return (
        Action("new.customer", N_("New customer"), partial(desk.open, "customer"), "plus"),
        Action("go.import", N_("Import a list…"), partial(desk.show, "import", kind="customer"), "import"),
        *(
            Action(f"settings.{name}", label, partial(desk.show, "settings", section=name), "settings")
            for name, label in SETTINGS
        ),
    )


def _marks(question: Question | None, label: str) -> tuple[Span, ...] | None:
    """Where every word of the question lies in a label; None where one does not."""
    if question is None:
        return None
    found = [spans(word, NAME, label) for word in question.alternatives[0]]
    return tuple(sorted({span for some in found for span in some})) if all(found) else None
