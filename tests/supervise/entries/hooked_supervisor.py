"""A supervisor whose hooks leave traces, for tests."""

import os

from composekit.supervise.daemon import main
from composekit.supervise.hooks import Hooks, Network
from composekit.supervise.spec import ProcessSpec


def launch(spec: ProcessSpec) -> None:
    if spec.view.get("refuse"):
        raise OSError(1, "the view cannot be made")
    spec.env["SEEN"] = spec.view["private"]["word"] if "private" in spec.view else "nothing"
    os.umask(0o027)


def enter(spec: ProcessSpec, pid: int) -> None:
    spec.env["SERVICE"] = str(pid)


class Traces(Network):
    """Writes a line for each call to the file named by the spec."""

    def _write(self, spec: ProcessSpec, line: str) -> None:
        with open(spec.network["traces"], "a", encoding="utf-8") as file:
            file.write(f"{spec.group} {line}\n")

    def start(self, spec: ProcessSpec) -> None:
        self._write(spec, "start")
        if spec.network.get("refuse"):
            raise OSError(98, "port 80 is taken")

    def changed(self, spec: ProcessSpec, phase: str, health: str) -> None:
        self._write(spec, f"is {phase} {health}")

    def stop(self, spec: ProcessSpec) -> None:
        self._write(spec, "stop")


def run(argv: list[str]) -> int:
    return main(argv, Hooks(launch, enter, Traces()))
