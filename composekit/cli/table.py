"""Every command: its name, the module that has it, and its line in `composekit --help`, in the order of that help.

A module exports `ARGUMENTS` (rows of `cli/options.py`) and `run(ctx, **values) -> int`. Help texts stand here so that
`--help` imports no command. A name of two words is a command of a group.
"""

GROUPS: dict[str, str] = {
    "stack": "Deploy the project to a Docker Swarm and look after it",
}

COMMANDS: dict[str, tuple[str, str]] = {
    "attach": ("composekit.cli.commands.attach", "Attach to the output of a service"),
    "build": ("composekit.cli.commands.build", "Read the Dockerfiles of services"),
    "config": ("composekit.cli.commands.config", "Parse, resolve and render compose file in canonical format"),
    "convert": ("composekit.cli.commands.convert", "Convert the project into Docker Swarm services"),
    "cp": ("composekit.cli.commands.cp", "Copy files between a service and this machine"),
    "create": ("composekit.cli.commands.create", "Create services without starting them"),
    "doctor": ("composekit.cli.commands.doctor", "Tell what this machine can do for the project"),
    "down": ("composekit.cli.commands.down", "Stop and remove the project's processes"),
    "env": ("composekit.cli.commands.env", "Print the environment of a service"),
    "events": ("composekit.cli.commands.events", "Receive real time events of the project"),
    "exec": ("composekit.cli.commands.exec", "Execute a command in a running service"),
    "explain": ("composekit.cli.commands.explain", "Print the documentation of a rule"),
    "fmt": ("composekit.cli.commands.fmt", "Format Compose files"),
    "graph": ("composekit.cli.commands.graph", "Draw the services and what depends on what"),
    "images": ("composekit.cli.commands.images", "List the images that replicas were made for"),
    "kill": ("composekit.cli.commands.kill", "Force stop services"),
    "lint": ("composekit.cli.commands.lint", "Check Compose files against the rules"),
    "logs": ("composekit.cli.commands.logs", "View output from services"),
    "ls": ("composekit.cli.commands.ls", "List running projects"),
    "pause": ("composekit.cli.commands.pause", "Pause services"),
    "port": ("composekit.cli.commands.port", "Print where a port of a service is published"),
    "ps": ("composekit.cli.commands.ps", "List the project's processes"),
    "pull": ("composekit.cli.commands.pull", "Look for the programs that images stand for"),
    "push": ("composekit.cli.commands.push", "Push service images (there are none here)"),
    "restart": ("composekit.cli.commands.restart", "Restart services"),
    "rm": ("composekit.cli.commands.rm", "Remove stopped services"),
    "rules": ("composekit.cli.commands.rules", "List the rules of lint"),
    "run": ("composekit.cli.commands.run", "Run a one-off command on a service"),
    "scale": ("composekit.cli.commands.scale", "Scale services"),
    "stack config": ("composekit.cli.commands.stack_config", "Print the stack file of the project"),
    "stack deploy": ("composekit.cli.commands.stack_deploy", "Deploy the project as a stack, or update it"),
    "stack logs": ("composekit.cli.commands.stack_logs", "View output from the services of a stack"),
    "stack ls": ("composekit.cli.commands.stack_ls", "List stacks"),
    "stack plan": ("composekit.cli.commands.stack_plan", "Show what a deploy would change"),
    "stack ps": ("composekit.cli.commands.stack_ps", "List the tasks in the stack"),
    "stack rm": ("composekit.cli.commands.stack_rm", "Remove one or more stacks"),
    "stack rollback": ("composekit.cli.commands.stack_rollback", "Make a stack what an earlier release was"),
    "stack services": ("composekit.cli.commands.stack_services", "List the services in the stack"),
    "start": ("composekit.cli.commands.start", "Start services"),
    "stats": ("composekit.cli.commands.stats", "Display what services use of the machine"),
    "stop": ("composekit.cli.commands.stop", "Stop services"),
    "top": ("composekit.cli.commands.top", "Display the running processes"),
    "unpause": ("composekit.cli.commands.unpause", "Unpause services"),
    "up": ("composekit.cli.commands.up", "Create and start services"),
    "version": ("composekit.cli.commands.version", "Show the composekit version information"),
    "volumes": ("composekit.cli.commands.volumes", "List the volumes of the project"),
    "wait": ("composekit.cli.commands.wait", "Block until services stop"),
}
