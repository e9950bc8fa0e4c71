"""The form that adds or edits a source, built from the typed options of its kind.

It reads and judges what was typed; whoever owns it saves and tests. Nothing typed is dropped: changing the kind keeps
the fields both kinds have, and ``state`` carries everything but the secret to the next time the form opens.
"""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from console.model.errors import SettingsError
from console.ports import Seen
from console.present.tone import Tone
from console.settings import SourceSettings, from_document
from console.sources.registry import options_of
from widgets import theme
from widgets.fields import ChoiceField, Field, TextField
from widgets.parts.card import Card
from widgets.parts.empty import Empty
from widgets.parts.label import Label
from widgets.refused import RefusedError
from widgets.sources.making import field_of, stored
from widgets.sources.specs import FieldSpec, KindForm, KindName, from_text, options_from, with_pair
from widgets.sources.trial_result import TestResult

FRONT = ("url", "path", "listen", "items", "map", "flavour", "jql", "project", "user")
_PERIOD = FieldSpec("period_s", "Period (seconds)", "number", False, None)


class SourceForm(Card):
    """``kind_asked``: the form of that kind ('': the first one) is wanted, answer with ``show_kind``. ``closed``: put it away.

    ``typed``: something was changed by hand.
    """

    kind_asked = Signal(str)
    typed = Signal()
    save_asked = Signal()
    test_asked = Signal()
    test_cancelled = Signal()
    preview_asked = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Add a source", parent=parent, snug=True)
        self._names: list[KindName] = []
        self._form: KindForm | None = None
        self._typed: dict[str, str] = {}
        self._editing: SourceSettings | None = None
        self.taken: frozenset[str] = frozenset()
        self.fields: dict[str, Field] = {}
        self._inside: QWidget | None = None
        self._more: QWidget | None = None
        self._more_open = False
        self.close_button = QPushButton("Close", self)
        self.close_button.setProperty("role", "quiet")
        self.close_button.setAccessibleName("Close the form")
        self.close_button.clicked.connect(self.closed)
        self.header.addWidget(self.close_button)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(self._area, 1)
        self.body.addWidget(self._foot())

    def _foot(self) -> QWidget:
        foot = QWidget(self)
        column = QVBoxLayout(foot)
        column.setContentsMargins(16, 8, 16, 12)
        self.error = Label("", "error", wrap=True)
        self.error.hide()
        self.result = TestResult(foot)
        self.result.cancelled.connect(self.test_cancelled)
        self.save = QPushButton("Save", foot)
        self.save.setProperty("role", "primary")
        self.save.clicked.connect(self.save_asked)
        self.test = QPushButton("Test connection", foot)
        self.test.clicked.connect(self.test_asked)
        row = QHBoxLayout()
        row.addWidget(self.save)
        self.preview = QPushButton("Preview mapping", foot)
        self.preview.setToolTip("What these words and columns would make of real tickets; nothing is saved.")
        self.preview.clicked.connect(self.preview_asked)
        self.preview.hide()
        row.addWidget(self.test)
        row.addWidget(self.preview)
        row.addStretch(1)
        column.addWidget(self.result)
        column.addWidget(self.error)
        column.addLayout(row)
        return foot

    # -- opening --------------------------------------------------------------------------------------------------

    def open_new(self, state: dict[str, str] | None, taken: frozenset[str]) -> None:
        """An empty form, or what was typed last time."""
        self._open(None, dict(state or {}), taken)
        self.kind_asked.emit(self._typed.get("kind", ""))

    def open_edit(self, source: SourceSettings, state: dict[str, str] | None, taken: frozenset[str]) -> None:
        """The form of a source that exists; its name stays."""
        self._open(source, dict(state or {}), taken - {source.name})
        self.kind_asked.emit(source.kind)

    def _open(self, source: SourceSettings | None, typed: dict[str, str], taken: frozenset[str]) -> None:
        self._editing, self._typed, self.taken, self._form = source, typed, taken, None
        self._more_open = False
        self.fields = {}
        self.result.clear()
        self.complain("")
        self._area.setWidget(Empty("Reading what this kind needs …"))
        self.set_title(f"Edit {source.name}" if source else "Add a source")

    @property
    def editing(self) -> str:
        """The name of the source being edited, '' while one is added."""
        return self._editing.name if self._editing else ""

    def show_kind(self, names: list[KindName], form: KindForm) -> None:
        """Build the fields of a kind, one of ``names``, around what was typed so far."""
        self._names = names
        self._typed.update(self.state())
        self._form = form
        self.preview.setVisible(form.maps)
        if self._editing is not None and not any("." in k or k in ("url", "path") for k in self._typed):
            self._typed = {**stored(form, self._editing), **self._typed}
        focus_kind = "kind" in self.fields and self.fields["kind"].control.hasFocus()
        self._build(form)
        self.result.clear()
        first = "kind" if focus_kind or not self._editing else "url"
        self.fields.get(first, self.fields["name"]).focus()

    def state(self) -> dict[str, str]:
        """Everything that stands in the fields, but never the secret."""
        return {**self._typed, **{name: f.text() for name, f in self.fields.items() if name != "secret"}}

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self, form: KindForm) -> None:
        self._inside = QWidget()
        look = theme.current()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(look.px(16), look.px(12), look.px(16), look.px(12))
        column.setSpacing(look.px(12))
        self.fields = {}
        self._add(column, "kind", self._kind_field(form))
        help_text = "Letters, digits, - and _; stands beside every number it feeds."
        self._add(column, "name", TextField("Name", help_text, hint="edge"))
        self.fields["name"].control.setEnabled(self._editing is None)
        front = [f for f in form.fields if (f.required or f.name in FRONT) and not f.custom]
        custom = [f for f in form.fields if f.custom]
        rest = [f for f in form.fields if f not in front and not f.custom]
        for spec in front:
            self._add(column, spec.name, field_of(spec))
        self._custom = QWidget()
        self._fill(self._custom, custom)
        column.addWidget(self._custom)
        if form.takes_credential:
            self._add(column, "secret", self._secret_field())
        self.more_button = QPushButton("", self._inside)
        self.more_button.setProperty("role", "quiet")
        self.more_button.clicked.connect(self._toggle_more)
        column.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._more = QWidget()
        more = self._fill(self._more, [])
        period = TextField("Period (seconds)", "How often it is asked; at least 1.", hint=f"{form.period_s:g} as usual")
        self._add(more, "period_s", period)
        if form.speaks == "gateway":
            help_text = "Sources of one gateway never add up: give them the same word here."
            self._add(more, "gateway", TextField("Gateway", help_text, hint="the source's name"))
        if form.takes_credential:
            help_text = "Under which the credential is kept in this machine's keyring."
            self._add(more, "credential", TextField("Credential name", help_text))
        for spec in rest:
            self._add(more, spec.name, field_of(spec))
        column.addWidget(self._more)
        column.addStretch(1)
        for name, field in self.fields.items():
            if name not in ("kind", "secret"):
                field.set_text(self._typed.get(name, ""))
        self._choose_flavour(form)
        self._area.setWidget(self._inside)
        self._unfold()
        self._flavour_chosen()
        self._name_credential()

    def _choose_flavour(self, form: KindForm) -> None:
        spec, field = form.field("flavour"), self.fields.get("flavour")
        if spec is None or field is None or not spec.choices or self._typed.get("flavour"):
            return
        field.set_text(str(spec.default) if self._editing is not None and spec.default else spec.choices[0])

    def _fill(self, holder: QWidget, specs: list[FieldSpec]) -> QVBoxLayout:
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.current().px(12))
        for spec in specs:
            self._add(column, spec.name, field_of(spec))
        return column

    def _add(self, column: QVBoxLayout, name: str, field: Field) -> None:
        self.fields[name] = field
        column.addWidget(field)
        field.edited.connect(self._edited)
        if name == "kind":
            field.edited.connect(self._kind_chosen)
        elif name == "flavour":
            field.edited.connect(self._flavour_chosen)
        elif name in ("name", "credential"):
            field.edited.connect(self._name_credential)

    def _kind_field(self, form: KindForm) -> Field:
        titles = [f"{name.title}  ({name.speaks})" for name in self._names]
        field = ChoiceField("Kind", [name.kind for name in self._names], titles=titles)
        field.set_text(form.kind)
        field.control.setEnabled(self._editing is None)
        return field

    def _secret_field(self) -> Field:
        field = TextField("Credential", " ", secret=True)
        field.help.show()
        if self._editing is not None and self._editing.credential:
            field.line.setPlaceholderText("•••••••• kept; leave empty to keep it")
        return field

    # -- while typing ---------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self.complain("")
        self.typed.emit()

    def _kind_chosen(self) -> None:
        self.kind_asked.emit(self.fields["kind"].text())

    def _flavour_chosen(self) -> None:
        flavour = self.fields.get("flavour")
        self._custom.setVisible(flavour is not None and flavour.text() == "custom")

    def _name_credential(self) -> None:
        secret = self.fields.get("secret")
        if secret is not None:
            secret.help.setText(
                f"Kept in this machine's keyring as “{self.credential_name()}”, never in the session. "
                "Leave empty if none is needed."
            )

    def credential_name(self) -> str:
        """The name a typed credential is kept under: the one given, else the source's name and '-token'."""
        field = self.fields.get("credential")
        given = field.text().strip() if field else ""
        return given or f"{self.fields['name'].text().strip() or 'source'}-token"

    def _toggle_more(self) -> None:
        self._more_open = not self._more_open
        self._unfold()

    def _unfold(self) -> None:
        if self._more is not None:
            self._more.setVisible(self._more_open)
        self.more_button.setText("▾ Less" if self._more_open else "▸ More: period, headers, certificates …")
        self.more_button.setAccessibleName("Fewer fields" if self._more_open else "More fields")

    # -- reading --------------------------------------------------------------------------------------------------

    @property
    def secret(self) -> str | None:
        """The credential typed just now; None when the field was left empty."""
        field = self.fields.get("secret")
        return field.text() or None if field is not None else None

    def forget_secret(self) -> None:
        """Empty the field once the keyring has it."""
        field = self.fields.get("secret")
        if field is not None:
            field.set_text("")

    def read(self) -> SourceSettings | None:
        """The source as typed, judged by settings and kind; None after showing what is wrong, where it is."""
        self.complain("")
        if self._form is None:
            return None
        hidden = {f.name for f in self._form.fields if f.custom} if self._custom.isHidden() else set()
        typed = {name: field.text() for name, field in self.fields.items() if name not in hidden}
        try:
            return self._judged(self._form, typed)
        except RefusedError as refused:
            self._complain_at(refused.field, refused.sentence)
        except SettingsError as error:
            self.refuse(error.message)
        return None

    def _judged(self, form: KindForm, typed: dict[str, str]) -> SourceSettings:
        name = typed["name"].strip()
        if not name:
            raise RefusedError("name", "A name is needed, such as edge.")
        if name in self.taken:
            raise RefusedError(
                "name", f'There is a source named "{name}" already; every source needs a name of its own.'
            )
        document: dict[str, object] = {"name": name, "kind": form.kind, **options_from(form, typed)}
        period = from_text(_PERIOD, typed.get("period_s", ""))
        if period is not None:
            document["period_s"] = period
        for key in ("gateway", "credential"):
            if typed.get(key, "").strip():
                document[key] = typed[key].strip()
        if typed.get("secret"):
            document["credential"] = self.credential_name()
        if self._editing is not None:
            document["paused"] = self._editing.paused
        source = from_document({"source": [document]}).source[0]
        options_of(source)
        return source

    def set_word(self, name: str, word: str, meaning: str) -> None:
        """Let the vendor's word mean ours in the map of a field; '' takes its line out. Unfolds what holds the map."""
        field = self.fields.get(f"{name}_map")
        if field is None:
            return
        field.set_text(with_pair(field.text(), word, meaning))
        if not self._more_open and self._more is not None and self._more.isAncestorOf(field):
            self._toggle_more()
        self._edited()

    def refuse(self, sentence: str) -> None:
        """Show a refusal beside the field it names, or above the buttons when it names none."""
        named = re.findall(r'"([a-z_]+)"|\$\.([a-z_]+)|\b(period_s)\b|(source name)', sentence)
        for groups in named:
            word = next(part for part in groups if part)
            word = "name" if word == "source name" else word
            if word in self.fields:
                self._complain_at(word, sentence)
                return
        self.complain(sentence)

    def complain(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def _complain_at(self, name: str, sentence: str) -> None:
        field = self.fields.get(name)
        if field is None:
            self.complain(sentence)
            return
        if self._more is not None and self._more.isAncestorOf(field) and not self._more_open:
            self._toggle_more()
        field.complain(sentence)
        field.focus()
        self._area.ensureWidgetVisible(field)

    # -- the test's answer ----------------------------------------------------------------------------------------

    def show_testing(self) -> None:
        self.test.setEnabled(False)
        self.result.running()

    def show_seen(self, seen: Seen) -> None:
        self.test.setEnabled(True)
        self.result.show_answer(seen.headline, seen.lines, Tone.GOOD)

    def show_trouble(self, sentence: str) -> None:
        self.test.setEnabled(True)
        self.result.show_answer(sentence, [], Tone.BAD)

    def show_untested(self) -> None:
        self.test.setEnabled(True)
        self.result.clear()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
            return
        super().keyPressEvent(event)
