"""The pages of `composekit help COMMAND` beside the options: what a command does, examples, its own exit codes.

Read only when help is asked for. An example is a line to type; what stands after two spaces and `#` explains it.
"""

from typing import NamedTuple


class Page(NamedTuple):
    """`text` in paragraphs; `examples` one a line; `codes` are exit codes beyond 0, 1 (it failed) and 2 (usage)."""

    text: str
    examples: tuple[str, ...] = ()
    codes: tuple[tuple[str, str], ...] = ()


_OWN = (("the command's own", "what it ended with; 128 and the number of a signal that ended it"),)

PAGES: dict[str, Page] = {
    "attach": Page(
        "Shows what a replica writes from now on. Where the service has 'stdin_open', what is typed goes to "
        "it; with 'tty' every key does, and the size of the terminal follows. Signals are passed on, so "
        "Ctrl-C ends the service; the keys for detaching (Ctrl-P Ctrl-Q, unless --detach-keys says otherwise) "
        "leave it alone.\n\n"
        "It also comes back to what 'run' started and was left.",
        (
            "composekit attach web",
            "composekit attach --index 2 --no-stdin worker  # only look",
            "composekit attach --detach-keys ctrl-x shell",
        ),
        (("the service's own", "when it ends meanwhile"),),
    ),
    "build": Page(
        "Runs the steps of Dockerfiles, in layers over this machine's files. A step whose inputs are the same "
        "is taken from the cache. 'up', 'create' and 'run' build by themselves what is missing.",
        (
            "composekit build",
            "composekit build --no-cache --build-arg VERSION=2 api",
            "composekit build --check  # only read the Dockerfiles",
            "composekit build --print > bake.json",
        ),
    ),
    "completion": Page(
        "The script completes commands, options and the services of the project.",
        ("composekit completion fish > ~/.config/fish/completions/composekit.fish",),
    ),
    "config": Page(
        "Prints what the files mean: merged, with variables filled in, in long form, paths made absolute. "
        "Mistakes are reported all in one run, at their lines and columns.",
        (
            "composekit config -q  # only check",
            "composekit config --services",
            "composekit config --format json web",
            "composekit config --explain services.web.environment  # which file and line says so",
        ),
    ),
    "convert": Page(
        "Turns the project into services of Docker Swarm: a stack file, requests of the Engine API, or docker "
        "commands. What swarm cannot express is reported at the line where it is written.",
        (
            "composekit convert --format stack --stack shop > stack.yaml",
            "composekit convert --format cli --stack shop",
        ),
    ),
    "cp": Page(
        "Copies files and folders as 'docker cp' does. A path of a service is written SERVICE:PATH; a bare - "
        "is a tar archive on standard input or output. A folder that exists gets the copy inside; SRC/. means "
        "what is in a folder, without its name. The service need not run. Copying to a service reaches all of "
        "its replicas, copying from it the first.",
        (
            "composekit cp web:/etc/nginx/nginx.conf .",
            "composekit cp ./site/. web:/usr/share/nginx/html",
            "composekit cp --index 2 web:/tmp/dump .",
            "composekit cp db:/var/lib/data - | tar -tv",
        ),
    ),
    "create": Page(
        "Makes replicas, volumes and files, builds what is missing, and starts nothing: 'start' does.",
        (
            "composekit create",
            "composekit create --force-recreate web",
        ),
    ),
    "doctor": Page(
        "Tells what this machine can give to services (views of their own, addresses, limits), and what "
        "stands for the image of each service, with the package to install where something is missing.",
        (
            "composekit doctor",
            "composekit doctor --format '{{.Service}}: {{.State}}'",
        ),
        (("1", "a service cannot run here"),),
    ),
    "down": Page(
        "Stops services in order, those that need others first, and removes them, their networks, and with -v "
        "their named volumes. Data in volumes is kept otherwise. It exits with 0 only when nothing is left.",
        (
            "composekit down",
            "composekit down -v --remove-orphans  # also data, and services that the file has no more",
            "composekit down -t 2 worker",
            "composekit -p shop down  # without its file",
        ),
    ),
    "env": Page(
        "Prints the environment of a service as its program gets it.",
        (
            "composekit env api",
            "composekit env --explain api  # where each value comes from",
        ),
    ),
    "events": Page(
        "Tells what happens to replicas as it happens: create, start, health_status, exec_create, exec_start, "
        "exec_die, kill, die, stop, restart, pause, unpause, destroy. --since starts with what is still known "
        "of the past.",
        (
            "composekit events",
            "composekit events --json --since 10m db",
            "composekit events --since 1h --until 0s  # only the past",
        ),
    ),
    "exec": Page(
        "Runs one more program in the view of a service that runs, with its environment, directory and user. "
        "At a terminal the program gets one of its own; every key is the program's, but for Ctrl-P Ctrl-Q, "
        "which leaves it to itself. What it starts in the background ends with the service.",
        (
            "composekit exec web sh",
            "composekit exec -u postgres db psql",
            "composekit exec -T db pg_dump shop > shop.sql",
            "composekit exec -e LEVEL=debug -w /app api python -m tool",
        ),
        (
            *_OWN,
            ("126", "it cannot be run: no such program, folder or user"),
        ),
    ),
    "explain": Page(
        "Prints the page of a rule of lint: what it finds, why, and how to mend it.",
        ("composekit explain CK401",),
    ),
    "fmt": Page(
        "Formats Compose files and keeps their comments; without arguments those of the project.",
        (
            "composekit fmt",
            "composekit fmt --check  # fail if something is to be changed",
        ),
    ),
    "graph": Page(
        "Draws the services and what depends on what.",
        (
            "composekit graph",
            "composekit graph --format svg -o services.svg",
            "composekit graph --format dot | dot -Tpng > a.png",
        ),
    ),
    "images": Page(
        "Lists the images that replicas were made for. What stands for them here, 'doctor' and 'pull' tell.",
        (
            "composekit images",
            "composekit images --format json",
        ),
    ),
    "kill": Page(
        "Sends a signal to services at once, SIGKILL unless -s says otherwise, also to what 'run' made of them.",
        (
            "composekit kill",
            "composekit kill -s HUP web  # have it read its configuration again",
        ),
    ),
    "lint": Page(
        "Checks Compose files against rules for correctness, security, reliability, style and swarm.",
        (
            "composekit lint",
            "composekit lint --fix",
            "composekit lint --format sarif > lint.sarif",
        ),
        (("1", "there are findings"),),
    ),
    "logs": Page(
        "Shows what services wrote, in the order in which they wrote it, also before their last start. "
        "One-offs of 'run' are left out.",
        (
            "composekit logs -f --tail 20",
            "composekit logs --since 10m api worker",
            "composekit logs --grep 'ERROR|timeout' -t",
            "composekit logs --json | jq -r .message",
        ),
    ),
    "ls": Page(
        "Lists the projects of this user.",
        (
            "composekit ls -a",
            "composekit ls --filter name=^shop --format json",
        ),
    ),
    "pause": Page(
        "Lets every process of services stand still; 'unpause' lets them go on.",
        ("composekit pause worker",),
    ),
    "port": Page(
        "Prints where a port of a service is published on this machine.",
        (
            "composekit port web 80",
            "composekit port --protocol udp --index 2 dns 53",
        ),
    ),
    "ps": Page(
        "Lists replicas that run; with -a also the others. STATUS tells health in brackets, what a replica "
        "waits for, and when one that failed is started again. '{{json .HealthLog}}' shows the last health "
        "checks and what they printed.",
        (
            "composekit ps -a",
            "composekit ps --status exited --services",
            "composekit ps --format '{{.Name}}: {{.Status}}'",
            "composekit ps --format json --no-trunc db",
        ),
    ),
    "pull": Page(
        "Looks whether this machine has the programs that images stand for. Nothing is fetched.",
        (
            "composekit pull",
            "composekit pull --ignore-pull-failures web db",
        ),
    ),
    "push": Page(
        "Does nothing, and says so: what is built stays on this machine.",
        ("composekit push --ignore-push-failures",),
    ),
    "restart": Page(
        "Stops and starts services, in order. Those that say 'restart: true' of a dependency are restarted with it.",
        (
            "composekit restart",
            "composekit restart -t 2 --no-deps api",
        ),
    ),
    "rm": Page(
        "Removes replicas that were stopped.",
        (
            "composekit rm -f",
            "composekit rm -sf worker  # stop it first",
        ),
    ),
    "rules": Page(
        "Lists the rules of lint.",
        ("composekit rules",),
    ),
    "run": Page(
        "Runs a service's command, or another one, once, beside what 'up' runs. What it depends on is started "
        "first, and a missing image is built. It publishes no ports unless told to. At a terminal the program "
        "gets one of its own; Ctrl-P Ctrl-Q leaves, the program goes on, and 'attach' comes back. Input from "
        "a pipe ends where the pipe does.",
        (
            "composekit run --rm api python manage.py migrate",
            "composekit run --rm -e DEBUG=1 -v ./data:/data api sh",
            "composekit run -d --name backup db backup-all",
            "echo 'select 1' | composekit run --rm -T db psql -h db",
        ),
        _OWN,
    ),
    "scale": Page(
        "Runs as many replicas of services as is said.",
        ("composekit scale web=3 worker=0",),
    ),
    "start": Page(
        "Runs again what was stopped or created.",
        (
            "composekit start",
            "composekit start db",
        ),
    ),
    "stats": Page(
        "Shows what replicas use of the machine, again every second. Network use is not known, as services "
        "share the machine's network.",
        (
            "composekit stats",
            "composekit stats --no-stream --format '{{.Name}} {{.MemUsage}}'",
            "composekit stats --no-stream web",
        ),
    ),
    "stop": Page(
        "Ends services in order, those that need others first, and keeps them. After the grace period, what "
        "is left is killed.",
        (
            "composekit stop",
            "composekit stop -t 30 db",
        ),
    ),
    "top": Page(
        "Lists the processes of each replica.",
        (
            "composekit top",
            "composekit top web",
        ),
    ),
    "unpause": Page(
        "Lets paused services go on.",
        ("composekit unpause worker",),
    ),
    "up": Page(
        "Brings the project to what its file says: makes, changes and starts what must be, and leaves alone "
        "what is as it should be. In the foreground it shows the output of services; the first Ctrl-C stops "
        "them in order, the second kills them. At a terminal there is a menu: d leaves, w turns watching on "
        "and off.\n\n"
        "--wait returns when all health checks pass, and what has none has run for half a second. It fails at "
        "once for a service that ends, unless another one waits for its end.",
        (
            "composekit up",
            "composekit up -d --wait --wait-timeout 60",
            "composekit up --build --watch web",
            "composekit up -d --scale worker=3",
            "composekit up --exit-code-from tests  # in continuous integration",
        ),
        (
            ("130", "it was interrupted"),
            ("a service's own", "with --exit-code-from and --abort-on-container-exit"),
        ),
    ),
    "version": Page(
        "",
        ("composekit version --short",),
    ),
    "volumes": Page(
        "Lists the named volumes of the project; {{.Mountpoint}} is where they are on this machine.",
        (
            "composekit volumes",
            "composekit volumes --format '{{.Name}} {{.Mountpoint}}'",
        ),
    ),
    "wait": Page(
        "Waits until services have ended, and prints the exit code of each.",
        (
            "composekit wait tests",
            "composekit wait --down-project tests",
        ),
        (("a service's own", "of the last one that ended"),),
    ),
    "watch": Page(
        "Keeps services as their sources are, by 'develop.watch': copies changed files, restarts or rebuilds. "
        "Ctrl-C ends it; the services go on.",
        (
            "composekit watch",
            "composekit watch --no-up web",
        ),
    ),
}
