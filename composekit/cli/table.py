"""Every command: its name, the module that has it, and its line in `composekit --help`, in the order of that help.

A module exports `ARGUMENTS` (rows of `cli/options.py`) and `run(ctx, **values) -> int`. Help texts stand here so that
`--help` imports no command. A name of two words is a command of a group.
"""

GROUPS: dict[str, str] = {
    "stack": "Deploy the project to a Docker Swarm and look after it",
}

COMMANDS: dict[str, tuple[str, str]] = {
    "config": ("composekit.cli.commands.config", "Parse, resolve and render compose file in canonical format"),
    "convert": ("composekit.cli.commands.convert", "Convert the project into Docker Swarm services"),
    "down": ("composekit.cli.commands.down", "Stop and remove the project's processes"),
    "env": ("composekit.cli.commands.env", "Print the environment of a service"),
    "exec": ("composekit.cli.commands.exec", "Execute a command in a running service"),
    "explain": ("composekit.cli.commands.explain", "Print the documentation of a rule"),
    "kill": ("composekit.cli.commands.kill", "Force stop services"),
    "lint": ("composekit.cli.commands.lint", "Check Compose files against the rules"),
    "logs": ("composekit.cli.commands.logs", "View output from services"),
    "ps": ("composekit.cli.commands.ps", "List the project's processes"),
    "restart": ("composekit.cli.commands.restart", "Restart services"),
    "rm": ("composekit.cli.commands.rm", "Remove stopped services"),
    "run": ("composekit.cli.commands.run", "Run a one-off command on a service"),
    "start": ("composekit.cli.commands.start", "Start services"),
    "stop": ("composekit.cli.commands.stop", "Stop services"),
    "up": ("composekit.cli.commands.up", "Create and start services"),
    "version": ("composekit.cli.commands.version", "Show the composekit version information"),
    "wait": ("composekit.cli.commands.wait", "Block until services stop"),
}
