"""Credentials by name, in the OS keyring. A secret never prints itself.

The variable ``HYPERCARE_SECRET_<NAME>`` comes before the keyring, for machines without one and for pipelines.
"""

from __future__ import annotations

import os
import re
from types import ModuleType

from console.model.errors import ConsoleError

_SERVICE = "hypercare-console"


class Secret:
    """A credential. ``reveal`` is the only way to its text; it prints as dots and does not pickle."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(••••)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret does not leave this process")


def variable_of(name: str) -> str:
    """The environment variable for a credential name: ``edge-token`` → ``HYPERCARE_SECRET_EDGE_TOKEN``."""
    return "HYPERCARE_SECRET_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def _ring() -> ModuleType:
    """The keyring library, loaded when a credential is first asked for: finding its backends is a part of a start."""
    import keyring
    import keyring.errors

    return keyring


class KeyringVault:
    """Asks the environment, then secrets typed for this run, then the keyring. Blocking: never on the GUI thread."""

    def __init__(self) -> None:
        self._this_run: dict[str, Secret] = {}

    def get(self, name: str) -> Secret | None:
        """The credential, None when nobody knows it. Raises ConsoleError when the keyring itself fails."""
        from_environment = os.environ.get(variable_of(name))
        if from_environment:
            return Secret(from_environment)
        if name in self._this_run:
            return self._this_run[name]
        keyring = _ring()
        try:
            text = keyring.get_password(_SERVICE, name)
        except keyring.errors.NoKeyringError:
            return None
        except keyring.errors.KeyringError as error:
            raise ConsoleError(
                f"The keyring of this system could not be read ({error}); unlock it, or set {variable_of(name)}."
            ) from None
        return Secret(text) if text else None

    def put(self, name: str, text: str) -> bool:
        """Remember a credential. False: there is no keyring here, it is kept for this run only."""
        self._this_run[name] = Secret(text)
        keyring = _ring()
        try:
            keyring.set_password(_SERVICE, name, text)
        except keyring.errors.KeyringError:
            return False
        return True

    def forget(self, name: str) -> None:
        self._this_run.pop(name, None)
        keyring = _ring()
        try:
            keyring.delete_password(_SERVICE, name)
        except keyring.errors.KeyringError:
            return

    def backend(self) -> str:
        """The keyring's own name, for ``doctor``."""
        return str(_ring().get_keyring().name)
