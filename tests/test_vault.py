"""A secret never leaves by accident."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import stat
from pathlib import Path

import keyring
import keyring.backend
import keyring.errors
import msgspec
import pytest

from console.model.errors import ConsoleError
from console.paths import write_private
from console.vault import KeyringVault, Secret, variable_of

TEXT = "hunter2-very-secret"


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory, or one that is locked or missing."""

    priority = 1.0

    def __init__(self, fault: keyring.errors.KeyringError | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring has no types there
        self.fault = fault
        self.held: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        if self.fault:
            raise self.fault
        return self.held.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fault:
            raise self.fault
        self.held[username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self.fault or username not in self.held:
            raise keyring.errors.PasswordDeleteError("not there")
        del self.held[username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    made = Ring()
    monkeypatch.setattr(keyring.core, "_keyring_backend", made)
    return made


def test_a_secret_prints_as_dots_however_it_is_printed() -> None:
    secret = Secret(TEXT)
    shown = [repr(secret), str(secret), f"{secret}", f"{[secret]}", "{}".format(secret), "%s" % secret]  # noqa: UP031, UP032
    assert not any(TEXT in text for text in shown)
    assert secret.reveal() == TEXT


def test_a_secret_is_neither_pickled_copied_nor_encoded() -> None:
    for leak in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, msgspec.json.encode, vars):
        with pytest.raises(TypeError):
            leak(Secret(TEXT))


def test_a_secret_in_a_traceback_or_log_line_stays_dots(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("the credential is %s", Secret(TEXT))
    assert TEXT not in caplog.text


def test_the_variable_comes_before_the_run_and_the_run_before_the_keyring(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = KeyringVault()
    ring.held["edge-token"] = "kept"
    assert vault.get("edge-token").reveal() == "kept"  # type: ignore[union-attr]  # it is there
    assert vault.put("edge-token", "typed") is True
    assert vault.get("edge-token").reveal() == "typed"  # type: ignore[union-attr]
    monkeypatch.setenv("HYPERCARE_SECRET_EDGE_TOKEN", "set")
    assert vault.get("edge-token").reveal() == "set"  # type: ignore[union-attr]
    assert variable_of("a.b c-1") == "HYPERCARE_SECRET_A_B_C_1"


def test_a_locked_keyring_is_a_sentence_and_the_variable_still_works(
    ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring.fault = keyring.errors.KeyringLocked("locked")
    with pytest.raises(ConsoleError, match="HYPERCARE_SECRET_EDGE_TOKEN"):
        KeyringVault().get("edge-token")
    monkeypatch.setenv("HYPERCARE_SECRET_EDGE_TOKEN", "set")
    assert KeyringVault().get("edge-token") is not None


def test_without_a_keyring_a_secret_is_kept_for_this_run_only(ring: Ring) -> None:
    ring.fault = keyring.errors.NoKeyringError("none")
    vault = KeyringVault()
    assert vault.get("edge") is None
    assert vault.put("edge", TEXT) is False
    assert vault.get("edge") is not None and KeyringVault().get("edge") is None


def test_a_forgotten_secret_is_gone_everywhere_and_may_be_forgotten_twice(ring: Ring) -> None:
    vault = KeyringVault()
    vault.put("edge", TEXT)
    vault.forget("edge")
    vault.forget("edge")
    assert vault.get("edge") is None and ring.held == {}


def test_small_files_are_private_and_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "new" / "list.json"
    write_private(file, b"one")
    write_private(file, b"two")
    assert file.read_bytes() == b"two" and stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [p.name for p in file.parent.iterdir()] == ["list.json"]
