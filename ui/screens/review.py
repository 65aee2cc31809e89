"""The review tray: everything that waits for a decision. Nothing in it is lost, and nothing hurries."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from app.features import review
from app.features.review import Conflict, Held, Tray
from app.features.review_edits import HeldEdit
from app.i18n import _, ngettext
from ui import formats
from ui.desk import Desk
from ui.dialogs import FormDialog
from ui.form import Form
from ui.widgets.banner import Banner
from ui.widgets.cards import CardColumn
from ui.widgets.empty import EmptyState
from ui.widgets.review_cards import ConflictCard, HeldCard, LifeCard, named
from ui.widgets.screen import Screen

DISMISSED = "review.dismissed"
MOST_DISMISSED = 500


class Review(Screen):
    """Asks anew whenever something has changed while it is looked at."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self.headed(_("Review"))
        self.empty = EmptyState(
            "success",
            _("Nothing waits for a decision"),
            _(
                "When two people change the same field, or one deletes what another edits, both versions are kept and "
                "shown here until somebody decides."
            ),
        )
        self.column = CardColumn()
        self.page.addWidget(self.empty, 1)
        self.page.addWidget(self.column, 1)
        self.column.hide()
        self.tray: Tray | None = None
        desk.changed.connect(self._changed)

    def arrive(self, where: Mapping[str, Any]) -> None:
        self.look()

    def look(self) -> None:
        """What waits now."""
        link = self.desk.link
        if link is None:
            return
        session = link.session
        self.desk.run(self, lambda _job: review.look(session)).then(self._show).latest("look").start()

    def _changed(self, _kinds: frozenset[str]) -> None:
        if self.isVisible():
            self.look()

    # ---- showing

    def _show(self, tray: Tray) -> None:
        self.tray = tray
        away = set(self._dismissed())
        held = [one for one in tray.held if one.key not in away]
        has_focus = self.column.isAncestorOf(focus) if (focus := self.focusWidget()) else False
        self.column.clear()
        for line in tray.halts:
            banner = Banner()
            banner.set_closable(False)
            banner.say(
                _("“{book}” is not synchronised any more. {why}").format(
                    book=line.book or _("Company"), why=line.trouble
                ),
                "danger",
                button=_("See what to do"),
                act=partial(self.desk.show, "sync"),
            )
            self.column.put(banner)
        for one in tray.conflicts:
            self.column.put(self._card(one, tray))
        for step in held:
            self.column.put(
                HeldCard(
                    step,
                    tray.authors.get(step.device, step.author),
                    partial(self.release, step) if tray.may_release else None,
                    partial(self.dismiss, step),
                    self._open_edit,
                )
            )
        count = len(tray.halts) + len(tray.conflicts) + len(held)
        self.empty.setVisible(not count)
        self.column.setVisible(bool(count))
        if has_focus:
            self.column.setFocus()

    def _card(self, one: Conflict, tray: Tray) -> QWidget:
        open_it = partial(self.desk.open, one.kind, one.id)
        if one.declared is None:
            return LifeCard(
                one, tray.authors, partial(self.keep, one), partial(self.delete, one), open_it
            )  # fmt: skip
        return ConflictCard(one, tray.authors, partial(self.decide, one), partial(self.edit, one), open_it)

    def _open_edit(self, edit: HeldEdit) -> None:
        self.desk.open(edit.kind, edit.id)

    # ---- deciding

    def decide(self, one: Conflict, value: Any) -> None:
        """This value stays."""
        shown = formats.value(one.declared, value) if one.declared is not None else ""
        said = _("“{value}” stays.").format(value=shown or _("empty"))
        pending = self.desk.do(self, review.decide, one.kind, one.id, one.field, value, one.seen)
        pending.then(lambda _nothing: self._done(said)).start()

    def edit(self, one: Conflict) -> None:
        """Write something else."""
        field = one.declared
        if field is None:
            return
        form = Form([field])
        kept = next((value for value in one.values if value.is_shown), one.values[0])
        form.load({field.name: kept.value})

        def save(dialog: FormDialog) -> None:
            value = form.values()[field.name]

            def done(_nothing: None) -> None:
                dialog.accept()
                self._done(_("“{value}” stays.").format(value=formats.value(field, value) or _("empty")))

            pending = self.desk.do(dialog, review.decide, one.kind, one.id, one.field, value, one.seen)
            pending.then(done).start()

        title = _("{field} of {record}").format(field=_(field.label), record=named(one))
        FormDialog(self.window(), title, form, _("Decide"), save).open()

    def keep(self, one: Conflict) -> None:
        """The record stays."""
        pending = self.desk.do(self, review.keep, one.kind, one.id)
        pending.then(lambda _nothing: self._done(_("{name} stays.").format(name=named(one)))).start()

    def delete(self, one: Conflict) -> None:
        """The record goes."""
        pending = self.desk.do(self, review.delete, one.kind, one.id)
        pending.then(lambda _nothing: self._done(_("{name} was deleted.").format(name=named(one)))).start()

    def release(self, step: Held) -> None:
        """Write anew what had no effect."""

        def done(touched: int) -> None:
            self._done(
                ngettext("{n} edit was released.", "{n} edits were released.", touched).format(n=touched)
            )

        self.desk.do(self, review.release, step).then(done).start()

    def dismiss(self, step: Held) -> None:
        """It has been seen; it stays without effect, and in the evidence."""
        kept = [*self._dismissed(), step.key][-MOST_DISMISSED:]
        self.desk.memory.set(DISMISSED, kept)
        self.desk.changed.emit(frozenset({"review"}))

    def _dismissed(self) -> list[str]:
        kept = self.desk.memory.get(DISMISSED)
        return [str(key) for key in kept] if isinstance(kept, list) else []

    def _done(self, said: str) -> None:
        self.desk.say(said, undo=True)
        self.look()
