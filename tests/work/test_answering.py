"""The holder of a session answers its own user, and nobody else holds it up."""

from __future__ import annotations

import os
import secrets
import socket
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from console.model.errors import QuestionError, SessionError
from console.paths import write_private
from console.work.answering import Answering, Question, Reply, ask_holder, card_file

SESSION = Path("a.hypercare")


def on_a_lane(answer: Callable[[str, dict[str, Any]], Any]) -> Callable[[str, dict[str, Any]], Future[Any]]:
    def run(ask: str, given: dict[str, Any]) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(answer(ask, given))
        except (QuestionError, SessionError, ZeroDivisionError) as error:
            done.set_exception(error)
        return done

    return run


@contextmanager
def holder(folder: Path, answer: Any = lambda ask, given: [ask, given]) -> Iterator[Answering]:
    held = Answering(on_a_lane(answer), SESSION, folder)
    try:
        yield held
    finally:
        held.close()


def listening(folder: Path) -> str:
    address: str = msgspec.json.decode(card_file(folder, SESSION).read_bytes())["address"]
    return address


def test_nobody_holds_a_session_without_a_card(tmp_path: Path) -> None:
    assert ask_holder(tmp_path, SESSION, Question("check")) is None


@pytest.mark.parametrize(
    "card",
    [
        b"",
        b"{",
        b'{"address":"/nowhere/socket","key":"no hex","pid":1}',
        b'{"address":"/nowhere/socket","key":"00","pid":1}',
    ],
)
def test_a_damaged_or_dead_card_is_nobody(tmp_path: Path, card: bytes) -> None:
    write_private(card_file(tmp_path, SESSION), card)
    assert ask_holder(tmp_path, SESSION, Question("check")) is None


@pytest.mark.skipif(sys.platform == "win32", reason="a socket of another program; pipes have none")
@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00\x00\x00\x05hello", b""])
def test_a_card_whose_address_now_belongs_to_another_program_is_nobody(tmp_path: Path, words: bytes) -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as other:
        other.bind(f"{short}/s")
        other.listen()

        def greet() -> None:
            caller, _ = other.accept()
            with caller:
                caller.sendall(words)

        thread = threading.Thread(target=greet)
        thread.start()
        card = {"address": f"{short}/s", "key": secrets.token_hex(32), "pid": 1}
        write_private(card_file(tmp_path, SESSION), msgspec.json.encode(card))
        assert ask_holder(tmp_path, SESSION, Question("check")) is None
        thread.join()


def test_a_wrong_key_is_turned_away_and_the_right_one_still_answered(tmp_path: Path) -> None:
    asked: list[str] = []
    with holder(tmp_path, lambda ask, given: asked.append(ask)):
        card = card_file(tmp_path, SESSION)
        right = card.read_bytes()
        write_private(card, msgspec.json.encode({**msgspec.json.decode(right), "key": secrets.token_hex(32)}))
        assert ask_holder(tmp_path, SESSION, Question("decide")) is None
        assert asked == []
        write_private(card, right)
        assert ask_holder(tmp_path, SESSION, Question("check")) == Reply(None)
        assert asked == ["check"]


@pytest.mark.skipif(sys.platform == "win32", reason="pipes have no strangers")
def test_a_stranger_who_says_nothing_holds_up_neither_the_next_caller_nor_the_end(tmp_path: Path) -> None:
    with holder(tmp_path), socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(listening(tmp_path))
        stranger.recv(1)
        assert ask_holder(tmp_path, SESSION, Question("kpis")) == Reply(["kpis", {}])
        began = time.monotonic()
    assert time.monotonic() - began < 3


def test_a_caller_inside_gets_its_answer_when_the_holder_closes(tmp_path: Path) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(ask: str, given: dict[str, Any]) -> str:
        inside.set()
        assert go_on.wait(10)
        return "still answered"

    held = Answering(on_a_lane(slow), SESSION, tmp_path)
    told: list[Reply | None] = []
    caller = threading.Thread(target=lambda: told.append(ask_holder(tmp_path, SESSION, Question("check"))))
    caller.start()
    assert inside.wait(10)
    closing = threading.Thread(target=held.close)
    closing.start()
    go_on.set()
    closing.join(10)
    caller.join(10)
    assert told == [Reply("still answered")]
    assert ask_holder(tmp_path, SESSION, Question("check")) is None


def test_faults_of_the_world_come_back_as_sentences_of_their_family(tmp_path: Path) -> None:
    def refuse(ask: str, given: dict[str, Any]) -> None:
        raise QuestionError("There is no KPI.") if ask == "kpi" else SessionError("The disk is full.")

    with holder(tmp_path, refuse):
        assert ask_holder(tmp_path, SESSION, Question("kpi")) == Reply(fault="There is no KPI.", unusable=True)
        assert ask_holder(tmp_path, SESSION, Question("check")) == Reply(fault="The disk is full.")


def test_our_own_bug_is_loud_in_the_log_and_told_to_the_caller(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with holder(tmp_path, lambda ask, given: 1 // 0):
        told = ask_holder(tmp_path, SESSION, Question("check"))
    assert told is not None and "ZeroDivisionError" in told.fault
    assert any(record.levelname == "ERROR" for record in caplog.records)


def test_a_question_keeps_its_arguments_and_callers_do_not_wait_for_each_other(tmp_path: Path) -> None:
    first_inside, second_done = threading.Event(), threading.Event()

    def answer(ask: str, given: dict[str, Any]) -> Any:
        if ask == "slow":
            first_inside.set()
            assert second_done.wait(10)
        return given

    with holder(tmp_path, answer):
        slow = threading.Thread(target=ask_holder, args=(tmp_path, SESSION, Question("slow")))
        slow.start()
        assert first_inside.wait(10)
        given = {"name": "ärger", "at": None, "all": True}
        assert ask_holder(tmp_path, SESSION, Question("quick", given)) == Reply(given)
        second_done.set()
        slow.join(10)


def test_the_card_is_private_and_gone_with_its_holder(tmp_path: Path) -> None:
    with holder(tmp_path) as held:
        card = card_file(tmp_path, SESSION)
        assert stat.S_IMODE(card.stat().st_mode) == 0o600
        assert msgspec.json.decode(card.read_bytes())["pid"] == os.getpid()
        held.close()
        held.close()
        assert not card.exists()
