"""The closed list of human acts, and what each one needs."""

from __future__ import annotations

from enum import StrEnum


class Act(StrEnum):
    """Acts that concern this console alone; none of them waits for a remote system."""

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
