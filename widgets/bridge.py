"""The one door between the lanes and Qt.

Questions leave through ``ask`` (read lane), acts through ``act`` (write lane) and ``look`` (network lane); answers come
back on the GUI thread as a queued signal. For one asker and key the newest answer wins: an older question that answers
late is dropped. Slots are bound methods, held weakly: a closed screen hears nothing.
"""

from __future__ import annotations

import concurrent.futures
import logging
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from console.model.change import Change
from console.model.errors import ConsoleError
from console.work.lanes import Lanes

_log = logging.getLogger(__name__)

_GATHER_MS = 60
"""A burst of appends is announced once: ten polls cost one repaint."""


class Bridge(QObject):
    """Lives on the GUI thread. ``changed`` carries a ``Change``; ``failed_loudly`` our own bugs, for the log banner."""

    changed = Signal(object)
    failed_loudly = Signal(str)
    _landed = Signal(object, object, object)
    _announced = Signal(object)

    def __init__(self, lanes: Lanes, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._newest: dict[tuple[int, str], int] = {}
        self._serial = 0
        self._closed = False
        self._gathered = Change.NONE
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_GATHER_MS)
        self._timer.timeout.connect(self._flush)
        self._landed.connect(self._land, Qt.ConnectionType.QueuedConnection)
        self._announced.connect(self._gather, Qt.ConnectionType.QueuedConnection)

    def ask(
        self,
        key: str,
        then: Callable[[Any], None],
        question: Callable[..., Any],
        *arguments: Any,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run ``question(*arguments)`` on the read lane; ``then`` gets the answer, ``failed`` the sentence of a fault.

        ``then`` and ``failed`` must be bound methods of a living object.
        """
        self._send(self._lanes.read, key, then, failed, question, arguments)

    def act(
        self,
        key: str,
        then: Callable[[Any], None],
        deed: Callable[..., Any],
        *arguments: Any,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run a deed on the write lane, in the order given. Every deed's answer is delivered, also an older one's."""
        self._serial += 1
        self._send(self._lanes.write, f"{key}#{self._serial}", then, failed, deed, arguments)

    def attend(
        self,
        key: str,
        then: Callable[[Any], None],
        deed: Callable[..., Any],
        *arguments: Any,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run something long that itself waits for other lanes (opening or leaving a session) on the analysis lane."""
        self._send(self._lanes.analysis, key, then, failed, deed, arguments)

    def look(
        self,
        key: str,
        then: Callable[[Any], None],
        job: Coroutine[Any, Any, Any],
        *,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Run a coroutine on the network lane (a connection test)."""
        self._watch(self._lanes.network(job), key, then, failed)

    def announce(self, change: Change) -> None:
        """Called from any thread: something was appended."""
        if not self._closed:
            self._announced.emit(change)

    def close(self) -> None:
        """Nothing is delivered any more."""
        self._closed = True
        self._timer.stop()

    def _send(
        self,
        lane: Callable[..., concurrent.futures.Future[Any]],
        key: str,
        then: Callable[[Any], None],
        failed: Callable[[str], None] | None,
        job: Callable[..., Any],
        arguments: tuple[Any, ...],
    ) -> None:
        if self._closed:
            # A screen's clock may tick once more after the window closed, when the lanes are gone.
            return
        self._watch(lane(job, *arguments), key, then, failed)

    def _watch(
        self,
        future: concurrent.futures.Future[Any],
        key: str,
        then: Callable[[Any], None],
        failed: Callable[[str], None] | None,
    ) -> None:
        self._serial += 1
        receiver = getattr(then, "__self__", None)
        if receiver is None:
            raise TypeError("answers are delivered to bound methods, which are held weakly")
        slot = (id(receiver), key)
        self._newest[slot] = self._serial
        post = _Post(slot, self._serial, weakref.WeakMethod(then), weakref.WeakMethod(failed) if failed else None)
        future.add_done_callback(_Carrier(self, post))

    def _land(self, post: _Post, answer: object, error: object) -> None:
        if self._closed or self._newest.get(post.slot) != post.serial:
            return
        del self._newest[post.slot]
        receiver = getattr(post.then(), "__self__", None)
        if isinstance(receiver, QObject) and not shiboken6.isValid(receiver):
            # Its window is gone although Python still holds the wrapper.
            return
        if error is None:
            then = post.then()
            if then is not None:
                then(answer)
            return
        if isinstance(error, ConsoleError):
            failed = post.failed() if post.failed else None
            if failed is not None:
                failed(error.message)
            else:
                _log.warning("%s", error.message)
            return
        assert isinstance(error, BaseException)
        _log.error("a question failed by our own fault", exc_info=error)
        self.failed_loudly.emit(f"{type(error).__name__}: {error}")

    def _gather(self, change: Change) -> None:
        self._gathered |= change
        if not self._timer.isActive():
            self._timer.start()

    def _flush(self) -> None:
        gathered, self._gathered = self._gathered, Change.NONE
        if gathered and not self._closed:
            self.changed.emit(gathered)


class _Post:
    """Whom an answer is for."""

    __slots__ = ("failed", "serial", "slot", "then")

    def __init__(self, slot: tuple[int, str], serial: int, then: Any, failed: Any) -> None:
        self.slot, self.serial, self.then, self.failed = slot, serial, then, failed


class _Carrier:
    """Carries a finished future to the GUI thread. Runs on a lane's thread and touches nothing of Qt but the signal."""

    def __init__(self, bridge: Bridge, post: _Post) -> None:
        self._bridge, self._post = weakref.ref(bridge), post

    def __call__(self, future: concurrent.futures.Future[Any]) -> None:
        bridge = self._bridge()
        if bridge is None or bridge._closed or future.cancelled():
            return
        error = future.exception()
        bridge._landed.emit(self._post, None if error else future.result(), error)
