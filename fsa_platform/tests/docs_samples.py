"""The samples of the documentation, and how each language is run against a platform."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from portal.handbook.render import source

ROOT = Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
RUN_TIMEOUT_S = 60
RECEIVERS = ("serve_forever()\n", ".listen(", "php://input")  # a server that waits for messages; `tests` send it some


@dataclass(frozen=True)
class Sample:
    page: str
    number: int
    language: str
    more: str  # what follows the language: "answer", "of SomeRequest", "not run: why"
    code: str

    @property
    def name(self) -> str:
        return f"{self.page}#{self.number} {self.language}"

    @property
    def why_not_run(self) -> str:
        return self.more.removeprefix("not run: ") if self.more.startswith("not run: ") else ""

    @property
    def is_receiver(self) -> bool:
        return self.language in {"python", "js", "php"} and any(sign in self.code for sign in RECEIVERS)


def samples(page: str) -> list[Sample]:
    found = []
    for number, match in enumerate(FENCE.finditer(source(page)), start=1):
        language, _, more = match["info"].strip().partition(" ")
        code = "".join(line.removeprefix(match["indent"]) for line in match["code"].splitlines(keepends=True))
        found.append(Sample(page, number, language, more, code))
    return found


@dataclass
class Reader:
    """One who follows a page from top to bottom, in one folder, with one shell."""

    folder: Path
    base_url: str
    secret_key: str
    publishable_key: str
    said: str = ""
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, sample: Sample) -> None:
        code = self._filled(sample.code)
        if sample.language == "sh":
            state = self.folder / "shell-state"
            state.touch()
            script = f'source "{state}" 2>/dev/null\n{code}\nstatus=$?\n{{ declare -p; declare -f; }} > "{state}" 2>/dev/null\nexit $status\n'
            self.said = self._do(sample, ["bash", "-c", script])
        elif sample.language == "python":
            self.said = self._do(sample, [sys.executable, "-c", code])
        elif sample.language == "js":
            path = self.folder / "sample.mjs"
            path.write_text(code)
            self.said = self._do(sample, ["node", str(path)])
        else:
            raise AssertionError(f"{sample.name}: nothing runs {sample.language}")

    def answer(self, sample: Sample) -> None:
        """What the page shows as an answer was answered: every name in it, and every value that is written out."""
        shown, given = json.loads(whole(self._filled(sample.code))), json.loads(self.said)
        wrong = missing(shown, given)
        assert wrong == [], f"{sample.name}: {wrong}"

    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "HOME": str(self.folder), "FSA": self.base_url, "SECRET_KEY": self.secret_key,
            "PUBLISHABLE_KEY": self.publishable_key, "PYTHONPATH": str(ROOT / "integrations" / "python"), "LANG": "C.UTF-8",
        }  # fmt: skip

    def _filled(self, code: str) -> str:
        for written, real in {
            "http://127.0.0.1:8000": self.base_url, "sk_test_…": self.secret_key, "pk_test_…": self.publishable_key,
        }.items():  # fmt: skip
            code = code.replace(written, real)
        return code

    def _do(self, sample: Sample, command: list[str]) -> str:
        """Run it to its end; what it leaves running is ended by `close`. Output goes to a file, which such a process may keep open."""
        out = self.folder / "said"
        with out.open("w") as said:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment(),
                stdout=said,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        self.processes.append(process)
        status, text = process.wait(RUN_TIMEOUT_S), out.read_text()
        assert status == 0, f"{sample.name} ended with {status}: {text[-800:]}"
        refused = re.search(r'\{"error": ?\{', text)
        assert refused is None, f"{sample.name}: {text[-800:]}"
        return text

    def close(self) -> None:
        for process in self.processes:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
            process.wait()


def whole(text: str) -> str:
    """An answer as pages show it, with `…` where things are left out, as JSON. `[…]` is any list, `[]` an empty one."""
    text = re.sub(r"\[\s*…\s*\]", '["…"]', text)
    text = re.sub(r"(?<=[\[{,])\s*…\s*,", "", re.sub(r",\s*…(?=\s*[\]}])", "", text))
    return re.sub(r"(?<=[\[{])\s*…(?=\s*[\]}])", "", text)


def missing(shown: object, given: object, where: str = "") -> list[str]:
    if isinstance(shown, dict):
        if not isinstance(given, dict):
            return [f"{where}: {given!r} is no object"]
        absent = [f"{where}.{name}" for name in shown if name not in given]
        return absent + [
            fault for name in shown if name in given for fault in missing(shown[name], given[name], f"{where}.{name}")
        ]
    if shown == ["…"]:
        return [] if isinstance(given, list) else [f"{where}: {given!r} is no list"]
    if shown == []:
        return [] if given == [] else [f"{where}: {given!r} is not empty"]
    if isinstance(shown, list):
        if not isinstance(given, list) or len(given) < len(shown):
            return [f"{where}: {given!r} has fewer than {len(shown)}"]
        return [fault for at, one in enumerate(shown) for fault in missing(one, given[at], f"{where}[{at}]")]
    if isinstance(shown, str) and "…" in shown:
        pattern = ".*".join(re.escape(part) for part in shown.split("…"))
        is_so = isinstance(given, str) and re.fullmatch(pattern, given, re.DOTALL)
        return [] if is_so else [f"{where}: {given!r} is not like {shown!r}"]
    return [] if shown == given else [f"{where}: {given!r}, not {shown!r}"]
