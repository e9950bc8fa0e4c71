"""From a key to a decision: what an act still needs is asked for, many are previewed, and what was typed is kept.

One would get wrong: the next ticket is shown without waiting for the write, so what fails must name its ticket; and a
typed text is let go only when the decision is written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, tzinfo
from typing import Any, Protocol

from PySide6.QtCore import QObject, Signal

from console.model.ticket_acts import SCORES
from console.model.typed import Typed, capture, read
from console.present.triage_figures import BulkPreview, TriageContext, TriageDetail
from widgets.bridge import Bridge
from widgets.triage.asks import ADVANCING, ASKS, DEEDS, Ask
from widgets.triage.drafts import Drafts
from widgets.triage.queue_card import QueueCard

CONSOLE = "console"
_CASUAL = frozenset({"view"})
"""Prompts whose text is no work: not kept when left."""


class DecidingDesk(Protocol):
    read_only: bool

    def session_zone(self) -> tzinfo: ...

    def completions(self, text: str, cursor: int) -> tuple[str, ...]: ...

    def preview(self, act: str, subjects: tuple[str, ...], value: str) -> BulkPreview: ...


class Deciding(QObject):
    """Signals: ``advance`` show the next ticket now, ``done`` something was written (a sentence, '' for nothing to say),
    ``failed`` a sentence, ``view_named`` a view was typed, ``ended`` the keyboard belongs to the queue again.
    """

    advance = Signal()
    done = Signal(str)
    failed = Signal(str)
    view_named = Signal(str)
    ended = Signal()

    def __init__(
        self, bridge: Bridge, desk: Any, card: QueueCard, drafts: Drafts, now: Callable[[], int], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bridge, self._desk, self._card, self._drafts = bridge, desk, card, drafts
        self._zone: tzinfo = UTC
        self._ahead = 0
        self._errands: set[_Errand] = set()
        self._bulk: tuple[Typed, tuple[str, ...], str] | None = None
        self.detail: TriageDetail | None = None
        self.context: TriageContext | None = None
        self.views: Callable[[], tuple[str, ...]] = tuple
        self._now = now
        card.bar.acted.connect(self.act)
        card.prompt.given.connect(self._given)
        card.prompt.typed.connect(self._typed)
        card.prompt.asked.connect(self._offer)
        card.prompt.left.connect(self.leave)
        card.preview.agreed.connect(self._agreed)
        card.preview.left.connect(self.leave)
        self._show_draft()

    def learn_zone(self) -> None:
        """What "tomorrow 9:00" means is the session's matter."""
        self._bridge.ask("zone", self._know_zone, _Here(self._desk, self._now))

    def subjects(self) -> tuple[str, ...]:
        """What an act is about: the rows picked out, else the chosen one."""
        table = self._card.table
        return tuple(sorted(table.marks)) or ((table.selected_key,) if table.selected_key else ())

    # -- acts -----------------------------------------------------------------------------------------------------

    def act(self, name: str) -> None:
        """An act by its name, from a key, a chip or the palette."""
        if self._card.bar.reason:
            self.failed.emit(self._card.bar.reason)
        elif name == "undo":
            self.undo()
        elif name == "draft":
            self._go_on()
        elif name == "severity":
            self.ask("severity")
        elif name in ASKS:
            self.ask(name)
        else:
            self.give(Typed(name))

    def give(self, typed: Typed, subjects: tuple[str, ...] = (), draft: str = "") -> None:
        """An act with all it needs: one is done at once, many are shown before."""
        about = subjects or self.subjects()
        if self._card.bar.reason:
            self.failed.emit(self._card.bar.reason)
        elif not about:
            self.failed.emit("Choose a ticket first.")
        elif len(about) == 1:
            self._send_one(typed, about[0], draft)
        else:
            self._bulk = (typed, about, draft)
            self._card.foot.turn(self._card.preview)
            self._card.preview.ask(None, words_of(typed), len(about))
            self._bridge.ask(
                "preview",
                self._previewed,
                self._desk.preview,
                typed.act,
                about,
                typed.value,
                failed=self._not_previewed,
            )

    def undo(self) -> None:
        if self._card.bar.reason:
            self.failed.emit(self._card.bar.reason)
        else:
            self._errand("", "", "", self._desk.undo)

    def undo_of(self) -> None:
        """Take back the newest decision on the chosen ticket."""
        key = self._card.table.selected_key
        if key and not self._card.bar.reason:
            self._errand(key, "", "", self._desk.undo_of, key)

    def accept(self) -> None:
        """Do what rules propose for the chosen ticket; where that is a reply alone, it is written on from their draft."""
        key, detail = self._card.table.selected_key, self.detail
        if key and not self._card.bar.reason:
            if detail is not None and detail.key == key and detail.reply and len(detail.proposals) == 1:
                self.ask("comment", detail.reply)
            else:
                self._errand(key, "", "", self._desk.accept_proposals, key)

    def dismiss(self) -> None:
        """Let rules propose no more for the chosen ticket what they propose now."""
        key = self._card.table.selected_key
        if key and not self._card.bar.reason:
            self._errand(key, "", "", self._desk.dismiss_proposals, key)

    def outbox(self, decision: str, deed: str) -> None:
        """Retry, withdraw, or settle a conflict as mine or theirs."""
        if self._card.bar.reason:
            self.failed.emit(self._card.bar.reason)
        elif deed in ("mine", "theirs"):
            self._errand("", "", "", self._desk.settle, decision, deed)
        else:
            self._errand("", "", "", getattr(self._desk, deed), decision)

    def restage(self, key: str, stage: int) -> None:
        """A card of the board was moved."""
        if self._card.bar.reason:
            self.failed.emit(self._card.bar.reason)
        else:
            self._errand(key, "", "", self._desk.decide, "stage", key, str(stage), "")

    def _send_one(self, typed: Typed, subject: str, draft: str) -> None:
        if typed.act in ADVANCING and not self._card.table.marks:
            self.advance.emit()
        self._errand(
            subject, draft, typed.act, self._desk.decide, typed.act, subject, typed.value, typed.comment
        )  # fmt: skip

    def _errand(self, subject: str, draft: str, act: str, deed: Callable[..., Any], *arguments: Any) -> None:
        errand = _Errand(self, subject, draft, act)
        self._errands.add(errand)
        self._bridge.act("triage", errand.done, deed, *arguments, failed=errand.failed)

    def finish(self, errand: _Errand, answer: Any) -> None:
        self._errands.discard(errand)
        if errand.draft:
            self._drafts.keep(errand.draft, errand.subject, "")
            self._show_draft()
        said = answer if isinstance(answer, str) and " " in answer else ""
        if errand.act == "capture":
            said = f"Kept as {str(answer).split(':', 1)[-1]}."
        self.done.emit(said)

    def break_off(self, errand: _Errand, sentence: str) -> None:
        self._errands.discard(errand)
        name = errand.subject.split(":", 1)[-1] if errand.subject not in ("", CONSOLE) else ""
        self.failed.emit(f"{name}: {sentence}" if name else sentence)

    # -- asking ---------------------------------------------------------------------------------------------------

    def ask(self, act: str, begin: str = "") -> None:
        """Open the strip for an act's value. What was begun for the same tickets stands there again."""
        about = (CONSOLE,) if act in ("capture", "view") else self.subjects()
        if act not in _CASUAL and self._card.bar.reason:
            self.failed.emit(self._card.bar.reason)
            return
        if not about:
            self.failed.emit("Choose a ticket first.")
            return
        self._open(act, ASKS[act], self._subject(about), begin)

    def _open(self, act: str, ask: Ask, subject: str, begin: str) -> None:
        words = {CONSOLE: "" if act == "view" else "by hand"}.get(subject) or _about(subject)
        kept = "" if begin else self._drafts.of(act, subject)
        self._card.foot.turn(self._card.prompt)
        self._card.prompt.open(act, ask, subject, "" if act == "view" else words, begin or kept)

    def _subject(self, about: tuple[str, ...]) -> str:
        return about[0] if len(about) == 1 else "\n".join(about)

    def _given(self, act: str, text: str) -> None:
        if act == "view":
            self.leave()
            self.view_named.emit(text.strip())
            return
        prompt = self._card.prompt
        if self._card.bar.reason:
            # The moment went to the past while it was typed; it stays there for when it is live again.
            prompt.complain(self._card.bar.reason)
            return
        subject, fields, typed = prompt.subject, {}, Typed(act)
        try:
            if act == "capture":
                fields = capture(text)
            else:
                typed = read(act, text, self._now() + self._ahead, self._zone, self._told())
        except ValueError as error:
            prompt.complain(str(error))
            return
        self._card.show_bar()
        self.ended.emit()
        if act == "capture":
            self._errand(CONSOLE, act, act, self._desk.capture, fields)
        else:
            self.give(typed, tuple(subject.split("\n")), act)

    def _told(self) -> str:
        """What the ticket tells, for a task made of it."""
        shown = self.detail
        return "" if shown is None else "\n".join(part for part in (shown.body, shown.said, shown.url) if part)

    def _typed(self, act: str, text: str) -> None:
        if act not in _CASUAL:
            self._drafts.keep(act, self._card.prompt.subject, text)

    def leave(self) -> None:
        """The keyboard goes back to the queue; what was typed is kept."""
        self._bulk = None
        self._card.show_bar()
        self._show_draft()
        self.ended.emit()

    def _go_on(self) -> None:
        newest = self._drafts.newest()
        if newest is not None and newest[0] in ASKS:
            self._open(newest[0], ASKS[newest[0]], newest[1], "")

    def _show_draft(self) -> None:
        newest = self._drafts.newest()
        if newest is None or newest[0] not in ASKS:
            self._card.bar.show_draft("")
            return
        act, subject = newest
        where = "" if subject == CONSOLE else f" · {_about(subject)}"
        self._card.bar.show_draft(f"Draft: {ASKS[act].title.lower()}{where}")

    # -- words ----------------------------------------------------------------------------------------------------

    def _offer(self, text: str, _cursor: int) -> None:
        prompt, ask = self._card.prompt, self._card.prompt.ask
        known = self._known(prompt.act, text)
        if known or not ask.field or prompt.act == "duplicate_of":
            start = text.strip().lower()
            prompt.field.offer(text, tuple(word for word in known if start in word.lower()))
        elif text.strip():
            asked = f"{ask.field}:{text.strip()}"
            self._bridge.ask("words", self._offered, _Words(self._desk), text, asked)

    def _known(self, act: str, text: str) -> tuple[str, ...]:
        match act:
            case "view":
                return self.views()
            case "severity":
                return ASKS[act].choices
            case "duplicate_of" | "link":
                return tuple(f"{line.key} {line.title}" for line in self.context.alike) if self.context else ()
            case "set":
                owed = self.detail.owed if self.detail is not None else ()
                name = text.partition("=")[0]
                if "=" in text:
                    return tuple(f"{name}={choice}" for one in owed if one.field == name for choice in one.choices)
                return tuple(f"{one.field}=" for one in owed)
            case "score":
                chips = self.detail.scores if self.detail is not None else ()
                return tuple(f"{chip.field}=" for chip in chips if chip.field) or tuple(f"{s}=" for s in SCORES)
            case _:
                return self._card.prompt.ask.choices

    def _offered(self, answer: tuple[str, tuple[str, ...]]) -> None:
        text, words = answer
        field = f"{self._card.prompt.ask.field}:"
        self._card.prompt.field.offer(text, tuple(word.removeprefix(field).strip('"') for word in words))

    def _know_zone(self, here: tuple[tzinfo, int]) -> None:
        self._zone, self._ahead = here

    # -- many -----------------------------------------------------------------------------------------------------

    def _previewed(self, preview: BulkPreview) -> None:
        if self._bulk is not None:
            self._card.preview.ask(preview, words_of(self._bulk[0]), len(self._bulk[1]))

    def _not_previewed(self, sentence: str) -> None:
        self.leave()
        self.failed.emit(sentence)

    def _agreed(self) -> None:
        if self._bulk is None:
            return
        if self._card.bar.reason:
            self.failed.emit(self._card.bar.reason)
            return
        typed, about, draft = self._bulk
        self.leave()
        self._card.table.mark(frozenset())
        self._errand(
            "\n".join(about) if draft else "", draft, typed.act,
            self._desk.decide_many, typed.act, about, typed.value, typed.comment,
        )  # fmt: skip


class _Errand:
    """One act under way: its answer finds what it was about. Kept by ``Deciding``; the bridge holds it weakly."""

    def __init__(self, deciding: Deciding, subject: str, draft: str, act: str) -> None:
        self._deciding, self.subject, self.draft, self.act = deciding, subject, draft, act

    def done(self, answer: Any) -> None:
        self._deciding.finish(self, answer)

    def failed(self, sentence: str) -> None:
        self._deciding.break_off(self, sentence)


class _Here:
    """The session's zone, and how far its clock is ahead of this machine's: a demo may stand at another day."""

    def __init__(self, desk: Any, now: Callable[[], int]) -> None:
        self._desk, self._now = desk, now

    def __call__(self) -> tuple[tzinfo, int]:
        return self._desk.session_zone(), self._desk.reader().now - self._now()


class _Words:
    """Completions together with the text they were asked for: answers may land after more was typed."""

    def __init__(self, desk: Any) -> None:
        self._desk = desk

    def __call__(self, text: str, asked: str) -> tuple[str, tuple[str, ...]]:
        return text, self._desk.completions(asked, len(asked))


def words_of(typed: Typed) -> str:
    """The act in words: "Severity P1"."""
    deed = next((d for d in DEEDS if d.act == typed.act and d.value == typed.value), None)
    deed = deed or next((d for d in DEEDS if d.act == typed.act), None)
    name = deed.text if deed is not None else typed.act
    return name if typed.value in name else f"{name} {typed.value}".strip()


def _about(subject: str) -> str:
    keys = subject.split("\n")
    return keys[0].split(":", 1)[-1] if len(keys) == 1 else f"{len(keys)} tickets"
