"""How the rows of an import find what they are about, and how some of their words are read."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from app.i18n import _
from ui.fields.flow import FlowBox
from ui.theme import look
from ui.widgets.import_chosen import AUTOMATIC, BY_CHOICE, BY_CODE, BY_NAME
from ui.widgets.import_targets import Targets
from ui.widgets.import_work import ImportWork
from ui.widgets.labelled import LabelledCombo

CURRENCIES = (
    "CNY",
    "EUR",
    "GBP",
    "USD",
    "CHF",
    "JPY",
    "HKD",
    "SGD",
    "AUD",
    "CAD",
    "DKK",
    "NOK",
    "SEK",
    "PLN",
    "TRY",
)
MATCHABLE = frozenset({"text", "phone", "email", "web", "address", "choice", "number", "day"})


class ImportOptions(QWidget):
    """Only what this file gives reason to ask is shown."""

    def __init__(self, work: ImportWork) -> None:
        super().__init__()
        self._work = work
        px = look().tokens.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        self._place = FlowBox(px(16))
        self.match = LabelledCombo(_("A row is the same customer if"))
        self.currency = LabelledCombo(_("Amounts without a currency are"))
        self.days = LabelledCombo(_("03/04/2020 means"))
        self.match.chosen.connect(self._choose_match)
        self.currency.chosen.connect(lambda value: work.decide(currency=value))
        self.days.chosen.connect(lambda value: work.decide(day_first=value))
        for one in (self.match, self.currency, self.days, self._words()):
            self._place.flow.addWidget(one)
        column.addWidget(self._place)
        self._fields = FlowBox(px(12))
        self._boxes = self._fields.flow
        self._boxed: dict[str, QCheckBox] = {}
        column.addWidget(self._fields)

    def _words(self) -> QWidget:
        px = look().tokens.px
        place = QWidget()
        column = QVBoxLayout(place)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        label = QLabel(_("Words that stand for nothing"))
        label.setProperty("role", "label")
        column.addWidget(label)
        line = QHBoxLayout()
        line.setSpacing(px(4))
        self.reads_empty = QCheckBox(_("Leave out"))
        self.reads_empty.setToolTip(_("Cells that hold nothing but one of these words count as empty."))
        self.reads_empty.toggled.connect(lambda on: self._work.decide(reads_empty=on))
        self.words = QLineEdit()
        self.words.setAccessibleName(label.text())
        label.setBuddy(self.words)
        self.words.setFixedWidth(px(260))
        self.words.editingFinished.connect(self._choose_words)
        line.addWidget(self.reads_empty)
        line.addWidget(self.words)
        column.addLayout(line)
        return place

    def refresh(self, targets: Targets) -> None:
        """Show what was decided."""
        work, chosen = self._work, self._work.chosen
        self.match.offer(
            (
                (AUTOMATIC, _("Code is the same; without one, name and address")),
                (BY_CODE, _("Code is the same")),
                (BY_NAME, _("Name and address are the same")),
                (BY_CHOICE, _("Fields that I choose are the same")),
            ),
            chosen.match,
        )
        self._show_fields(targets)
        kinds = {work.fields[path].kind for path in self._filled() if path in work.fields}
        self.currency.setVisible("money" in kinds)
        self.currency.offer((("", _("Left out")), *((code, code) for code in CURRENCIES)), chosen.currency)
        self.days.setVisible("day" in kinds)
        guessed = bool(work.mapping and work.mapping.day_first)
        self.days.offer(
            ((True, _("3 April")), (False, _("March 4"))),
            guessed if chosen.day_first is None else chosen.day_first,
        )
        self.reads_empty.blockSignals(True)
        self.reads_empty.setChecked(chosen.reads_empty)
        self.reads_empty.blockSignals(False)
        self.words.setEnabled(chosen.reads_empty)
        if not self.words.hasFocus():
            self.words.setText(", ".join(chosen.empty_words))
        self._place.fit()

    def take_words(self) -> None:
        """Take over words that were typed and not yet left."""
        self._choose_words()

    def _filled(self) -> tuple[str, ...]:
        return self._work.mapping.targets if self._work.mapping is not None else ()

    def _show_fields(self, targets: Targets) -> None:
        """Boxes for the fields that columns fill and that two rows can be compared by."""
        work = self._work
        is_open = work.chosen.match == BY_CHOICE
        self._fields.setVisible(is_open)
        if not is_open:
            return
        filled = {
            path.removesuffix(path[path.find(".", 9) :]) if path.count(".") > 1 else path
            for path in self._filled()
        }
        wanted = [
            path
            for path, field in work.fields.items()
            if path in filled and path.startswith("customer.") and field.kind in MATCHABLE
        ]
        if list(self._boxed) != wanted:
            for box in self._boxed.values():
                box.hide()
                box.deleteLater()
            while self._boxes.count():
                self._boxes.takeAt(0)
            self._boxed = {}
            for path in wanted:
                box = QCheckBox(targets.label(path))
                box.toggled.connect(self._choose_fields)
                self._boxes.addWidget(box)
                self._boxed[path] = box
        for path, box in self._boxed.items():
            box.blockSignals(True)
            box.setChecked(path.partition(".")[2] in work.chosen.match_fields)
            box.blockSignals(False)
        self._fields.fit()

    def _choose_match(self, value: object) -> None:
        self._work.decide(match=str(value))

    def _choose_fields(self) -> None:
        chosen = (path.partition(".")[2] for path, box in self._boxed.items() if box.isChecked())
        self._work.decide(match_fields=tuple(chosen))

    def _choose_words(self) -> None:
        words = tuple(
            word.strip() for word in self.words.text().replace("，", ",").split(",") if word.strip()
        )
        if words != self._work.chosen.empty_words:
            self._work.decide(empty_words=words)
