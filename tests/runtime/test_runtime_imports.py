"""What a process loads: the daemon nothing of Compose, `ps` no typed model."""

import subprocess
import sys

HEAVY = ("click", "jsonschema", "lark", "asyncio", "subprocess", "composekit.model")


def loaded(code: str) -> set[str]:
    """Return the modules that a fresh interpreter has after running some code."""
    program = f"{code}\nimport sys\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_daemon_knows_nothing_of_compose():
    modules = loaded("import composekit.runtime.daemon")
    ours = {name.split(".")[1] for name in modules if name.startswith("composekit.")}

    assert ours == {"errors", "graph", "network", "runtime", "sandbox", "supervise"}
    assert {name for name in modules if name.startswith("composekit.runtime.")} == {"composekit.runtime.daemon"}
    assert not modules & {"ruamel.yaml", *HEAVY}


def test_ps_and_logs_do_without_the_typed_model():
    modules = loaded("import composekit.cli.commands.ps, composekit.cli.running, composekit.runtime.listing")

    assert not {name for name in modules if name.startswith("composekit.model")}
    assert not modules & set(HEAVY)
