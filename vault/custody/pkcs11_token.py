"""One token of a PKCS#11 device: a session that survives forks and lost connections, and calls that end in time.

A session does one thing at a time, and the standard knows no time-outs: so one thread owns it, and callers wait for that
thread no longer than they want to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pkcs11
from pkcs11 import exceptions

from vault.custody.port import CustodianSilent, CustodyError, CustodyRefused, KeyDisabled

T = TypeVar("T")

CALL_TIMEOUT_S = 5.0  # a token answers in milliseconds, one over the network in tens
KEY_FUNCTION_NOT_PERMITTED = "0x68"  # python-pkcs11 gives this answer no name of its own
# After these the session is worth nothing; a new one may be.
LOST = (
    exceptions.SessionHandleInvalid, exceptions.SessionClosed, exceptions.DeviceError, exceptions.DeviceRemoved,
    exceptions.TokenNotPresent, exceptions.UserNotLoggedIn, exceptions.KeyHandleInvalid, exceptions.ObjectHandleInvalid,
    exceptions.GeneralError, exceptions.FunctionFailed,
)  # fmt: skip
WRONG_PIN = (exceptions.PinIncorrect, exceptions.PinLocked, exceptions.PinInvalid, exceptions.PinLenRange)
REFUSED = (exceptions.AttributeReadOnly, exceptions.SessionReadOnly, exceptions.TokenWriteProtected)

_libraries_lock = threading.Lock()
_initialised_in: dict[str, int] = {}


def _library(path: str) -> Any:
    """The device's library, initialised in this very process: what a parent initialised is of no use after a fork."""
    with _libraries_lock:
        known = _initialised_in.get(path)
        library = pkcs11.lib(path)
        if known not in {None, os.getpid()}:
            library.reinitialize()
        _initialised_in[path] = os.getpid()
        return library


class Token:
    """Runs jobs in a session of the token labelled `label`, one after another, in a thread of its own."""

    def __init__(self, *, library: str, label: str, pin: str, timeout_s: float = CALL_TIMEOUT_S) -> None:
        self.library, self.label, self.timeout_s = library, label, timeout_s
        self._pin = pin
        self._pin_refused = False
        self._lock = threading.Lock()
        self._pid = 0
        self._session: Any = None
        self._worker: ThreadPoolExecutor

    def run(self, job: Callable[[Any], T]) -> T:
        """job: gets the session. Raises the port's errors alone."""
        waiting = self._thread().submit(self._attempt, job)
        try:
            return waiting.result(self.timeout_s)
        except TimeoutError as error:
            waiting.cancel()
            raise CustodianSilent(f"The token {self.label} did not answer within {self.timeout_s:g} s.") from error

    def _thread(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self._session = os.getpid(), None
                self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pkcs11")
            return self._worker

    def _attempt(self, job: Callable[[Any], T]) -> T:
        """Once more with a new session if the first was lost on the way."""
        try:
            return job(self._open())
        except LOST:
            self._session = None
        except (pkcs11.PKCS11Error, CustodyError) as error:
            raise _translated(error, self.label) from error
        try:
            return job(self._open())
        except (pkcs11.PKCS11Error, CustodyError) as error:
            self._session = None
            raise _translated(error, self.label) from error

    def _open(self) -> Any:
        if self._pin_refused:
            raise CustodianSilent(f"The token {self.label} refused the PIN; it is not tried again, so as not to lock the token.")
        if self._session is None:
            token = _library(self.library).get_token(token_label=self.label)
            try:
                self._session = token.open(rw=True, user_pin=self._pin)
            except exceptions.UserAlreadyLoggedIn:
                self._session = token.open(rw=True)  # another session of this process gave the PIN
            except WRONG_PIN:
                self._pin_refused = True
                raise
        return self._session


def _translated(error: Exception, label: str) -> CustodyError:
    if isinstance(error, CustodyError):
        return error
    if str(error).endswith(KEY_FUNCTION_NOT_PERMITTED):
        return KeyDisabled(f"The token {label} refuses to use this key.")
    if isinstance(error, REFUSED):
        return CustodyRefused(f"The token {label} does not let this user change keys ({type(error).__name__}).")
    return CustodianSilent(f"The token {label} cannot be used ({type(error).__name__} {error}).".replace(" )", ")"))
