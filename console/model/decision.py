"""The closed list of human acts, and what each one needs."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """What people do here. Those of ``TICKET_ACTS`` change a ticket, the others concern this console alone."""

    ACKNOWLEDGE = "acknowledge"
    NOTE = "note"
    SIGN_OFF = "sign_off"
    WITHDRAW_SIGN_OFF = "withdraw_sign_off"
    WAIVE = "waive"
    END_WAIVER = "end_waiver"
    RELEASE = "release"
    ADD_CRITERION = "add_criterion"
    EDIT_CRITERION = "edit_criterion"
    REMOVE_CRITERION = "remove_criterion"
    MAINTENANCE = "maintenance"
    END_MAINTENANCE = "end_maintenance"
    DEFER = "defer"
    END_DEFERRAL = "end_deferral"
    EXIT = "exit"
    RESUME = "resume"
    SILENCE = "silence"
    END_SILENCE = "end_silence"
    ACKNOWLEDGE_ALERT = "acknowledge_alert"
    TAKE_ALERT = "take_alert"
    RETIRE_RULE = "retire_rule"
    RESTORE_RULE = "restore_rule"
    SEVERITY = "severity"
    ASSIGN = "assign"
    STAGE = "stage"
    STATUS = "status"
    COMMENT = "comment"
    INTERNAL_COMMENT = "internal_comment"
    TAG = "tag"
    UNTAG = "untag"
    DUPLICATE_OF = "duplicate_of"
    SPLIT = "split"
    LINK = "link"
    SNOOZE = "snooze"
    WAKE = "wake"
    DECLINE = "decline"
    REOPEN = "reopen"
    SET = "set"
    SCORE = "score"
    CAPTURE = "capture"
    TASK = "task"
    UNDO = "undo"


TICKET_ACTS = frozenset(
    {
        Act.ACKNOWLEDGE, Act.SEVERITY, Act.ASSIGN, Act.STAGE, Act.STATUS, Act.COMMENT, Act.INTERNAL_COMMENT, Act.TAG,
        Act.UNTAG, Act.DUPLICATE_OF, Act.SPLIT, Act.LINK, Act.SNOOZE, Act.WAKE, Act.DECLINE, Act.REOPEN, Act.SET,
        Act.SCORE, Act.CAPTURE, Act.TASK, Act.UNDO,
    }
)  # fmt: skip
"""Each is written with the fields it changes, shown at once, and taken back by ``undo``."""

_SHORT = {"ack": Act.ACKNOWLEDGE, "re_open": Act.REOPEN, "duplicate": Act.DUPLICATE_OF}


def named(word: str) -> str:
    """The act's own name for what people type: "ack", "duplicate-of"."""
    plain = word.strip().lower().replace("-", "_")
    return _SHORT[plain].value if plain in _SHORT else plain


def subject_words(act: Act, subject: str, value: str) -> str:
    """What is missing for the act, as one sentence; '' when nothing is."""
    if not subject.strip():
        return f"{act.value} needs a subject: what it is about."
    if act is Act.SIGN_OFF and not value.strip():
        return "A sign-off needs an artefact: a link, a file's hash or a named statement."
    if act is Act.WAIVE and not value.strip():
        return "A waiver needs its end as an ISO time, so that it cannot be forgotten."
    if act is Act.SILENCE and not value.strip():
        return "A silence needs its end as an ISO time, so that it cannot be forgotten."
    return ""
