"""Why a row of a file cannot be used."""

from __future__ import annotations


class RowFault(Exception):  # a row's fault is no failure of ours
    """Why a row cannot be used: a stable code, the field it is about, a sentence."""

    def __init__(self, code: str, param: str, message: str) -> None:
        super().__init__(message)
        self.code, self.param, self.message = code, param, message

    def as_json(self) -> dict[str, str]:
        return {"code": self.code, "param": self.param, "message": self.message}
