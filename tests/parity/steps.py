"""The steps of the comparison, in order: later ones find what earlier ones did.

Mistakes of the command line itself are left out: their exit code is 2 here, and with Docker Compose depends on how it
is called.
"""

from typing import NamedTuple

from more_steps import MORE

CODE, TABLE, KEYS, SHAPE, TEXT, LINES = "code", "table", "keys", "shape", "text", "lines"
UNTIL = "until"  # asked again until `text` is printed
BEHIND = "behind"  # runs while the service `gate` does, which is let go after the first line; without `text`, a while


class Step(NamedTuple):
    """SHAPE is KEYS of a command whose code depends on the moment; LINES is TEXT in any order."""

    kind: str
    line: str
    text: str = ""


_CREATED = (
    (CODE, "version"), (KEYS, "version --format json"), (CODE, "--version"),
    (CODE, "-f nope.yaml ps"), (CODE, "config -q"), (LINES, "config --services"), (TEXT, "config --images"),
    (TEXT, "config --volumes"), (TEXT, "config --profiles"), (KEYS, "config --format json"), (CODE, "config nope"),
    (TABLE, "ps"), (TEXT, "ps -q"), (TEXT, "logs"), (CODE, "stop"), (CODE, "start"), (CODE, "restart"), (CODE, "kill"),
    (CODE, "rm -f"), (CODE, "pause"), (CODE, "unpause"), (CODE, "down"), (CODE, "exec -T web true"), (CODE, "top"),
    (TABLE, "images"), (TABLE, "volumes"), (CODE, "port web 80"), (CODE, "wait web"), (CODE, "attach web"),
    (CODE, "create nope"), (CODE, "create --force-recreate --no-recreate"), (CODE, "create"),
    (TEXT, "ps -a --format {{.Name}}|{{.State}}|{{.Service}}|{{.Image}}"), (TEXT, "ps --format {{.Name}}"),
    (CODE, "create --force-recreate"), (CODE, "start nope"), (CODE, "up -d --no-start"), (CODE, "rm -f"),
    (TEXT, "ps -aq"),
)  # fmt: skip

_UP = (
    (CODE, "up -d"), (UNTIL, "ps -a --format {{.Name}}|{{.State}}", "parity-job-1|exited"),
    (CODE, "up -d --no-recreate"), (CODE, "up -d nope"), (CODE, "up -d --attach web"), (CODE, "up -d --scale nope=1"),
    (CODE, "up --no-recreate --force-recreate"), (CODE, "up --exit-code-from nope"), (CODE, "up -d --wait web"),
    (CODE, "wait nope"), (UNTIL, "ps -a --format {{.Name}}|{{.State}}", "parity-job-1|exited"), (CODE, "wait job"),
    (TABLE, "ps"), (TABLE, "ps -a"), (TABLE, "ps --no-trunc"), (KEYS, "ps --format json"),
    (KEYS, "ps -a --format json"),
    (TEXT, "ps --services"), (TEXT, "ps -a --services"), (TEXT, "ps -a --services --status exited"), (TEXT, "ps -q"),
    (TEXT, "ps -a -q job"), (TEXT, "ps --filter status=running --format {{.Name}}"),
    (TEXT, "ps -a --filter status=exited --format {{.Name}}|{{.ExitCode}}"), (TEXT, "ps --status paused -q"),
    (TEXT, "ps --orphans=false --format {{.Name}}"), (TEXT, "ps --format table|{{.Name}}|{{.Service}}"),
    (TEXT, "ps --format {{json_.Name}}_{{upper_.Service}}_{{.Project}}"),
    (TEXT, "ps --format {{.Label_`com.docker.compose.service`}}"), (CODE, "ps --format {{.Nope}}"),
    (CODE, "ps --format {{.Name"), (CODE, "ps --filter source=x"), (CODE, "ps --filter nonsense=1"),
    (CODE, "ps --status nope"), (CODE, "ps nope"), (CODE, "ps --format nope"),
    (TABLE, "ls"), (KEYS, "ls --format json"), (TEXT, "ls -q --filter name=parity"), (CODE, "ls --filter nope=x"),
)  # fmt: skip

_LOGS = (
    (LINES, "logs job"), (TEXT, "logs --no-log-prefix job"), (TEXT, "logs --tail 1 --no-log-prefix job"),
    (LINES, "logs --no-color -t job"), (TEXT, "logs --no-log-prefix --since 1h job"),
    (TEXT, "logs --no-log-prefix --until 1h job"), (TEXT, "logs --index 1 --no-log-prefix job"),
    (CODE, "logs --index 2 job"), (CODE, "logs nope"),
)  # fmt: skip

_LOOKS = (
    (TABLE, "top"), (TABLE, "top web"), (CODE, "top nope"), (CODE, "top job"),
    (TABLE, "images"), (KEYS, "images --format json"), (TEXT, "images -q job"), (TABLE, "images nope"),
    (TABLE, "volumes"), (KEYS, "volumes --format json"), (TEXT, "volumes -q"),
    (TEXT, "volumes --format {{.Name}}|{{.Driver}}|{{.Scope}}"), (CODE, "volumes nope"), (TEXT, "volumes -q job"),
    (TABLE, "stats --no-stream"), (KEYS, "stats --no-stream --format json"),
    (TEXT, "stats --no-stream --format {{.Name}}"),
    (TABLE, "stats --no-stream nope"), (TEXT, "port web 80"), (TEXT, "port --protocol udp web 9000"),
    (CODE, "port web 81"), (CODE, "port web abc"), (CODE, "port nope 80"), (CODE, "port --index 2 web 80"),
)  # fmt: skip

_EXEC = (
    (TEXT, "exec -T web pwd"), (TEXT, "exec -T -e SIZE=big web sh -c echo_$COLOR_$SIZE"),
    (TEXT, "exec -T -w / web pwd"),
    (TEXT, "exec -T -u 1234:1234 web id -u"), (CODE, "exec -T web false"), (CODE, "exec -T web sh -c exit_9"),
    (CODE, "exec -T web sh -c kill_-9_$$"), (CODE, "exec -T web no-such-program"), (CODE, "exec -T web /etc"),
    (CODE, "exec -T -w /no/such web ls"), (CODE, "exec -T -u no-such-user web ls"), (CODE, "exec -T job ls"),
    (CODE, "exec -T nope ls"), (CODE, "exec -T --index 2 web ls"), (CODE, "exec -d web sleep 1"),
)  # fmt: skip

_RUN = (
    (TEXT, "run --rm -T web echo hi"), (TEXT, "run --rm -T --entrypoint sh_-c web echo_over"),
    (TEXT, "run --rm -T -e SIZE=big -w / web sh -c pwd;_echo_$COLOR_$SIZE"),
    (TEXT, "run --rm -T -v data:/else web ls -d /else"), (TEXT, "run --rm -T -u 1234 web id -u"),
    (TEXT, "run -d --name parity-detached web true"),
    (UNTIL, "ps -a --format {{.Name}}|{{.State}}", "parity-detached|exited"),
    (CODE, "run --name parity-detached web true"), (CODE, "run -T --name parity-five web sh -c exit_5"),
    (CODE, "run --rm -T web no-such-program"), (CODE, "run --rm -T --no-deps web true"), (CODE, "run nope"),
    (CODE, "run -P -p 80:80 web"), (CODE, "run -l x web"), (CODE, "run --rm -T -p nope web true"),
    (TEXT, "ps -a --filter status=exited --format {{.Name}}|{{.ExitCode}}|{{.Service}}"),
)  # fmt: skip

_CP = (
    (CODE, "cp compose.yaml web:/data"), (TEXT, "exec -T web ls /data"), (CODE, "cp web:/data/compose.yaml copied"),
    (CODE, "cp web:/no/such x"), (CODE, "cp no-such-file web:/data"), (CODE, "cp compose.yaml web:/no/such/place"),
    (CODE, "cp a b"), (CODE, "cp web:/a job:/b"), (CODE, "cp nope:/a b"), (CODE, "cp --index 2 web:/data x"),
)  # fmt: skip

_PAUSE = (
    (CODE, "pause web"), (TEXT, "ps --format {{.Name}}|{{.State}}"), (TEXT, "ps --status paused --format {{.Name}}"),
    (CODE, "exec -T web ls"), (CODE, "pause web"), (CODE, "pause nope"), (CODE, "unpause web"), (CODE, "unpause web"),
    (CODE, "unpause nope"),
)  # fmt: skip

_SCALE = (
    (CODE, "scale web=2"), (TEXT, "ps --format {{.Name}}"), (TEXT, "exec -T --index 2 web pwd"),
    (CODE, "up -d --scale web=3"), (TEXT, "ps --format {{.Name}} web"), (CODE, "scale web=1"), (CODE, "scale web"),
    (CODE, "scale web=x"), (CODE, "scale nope=1"), (TEXT, "ps --format {{.Name}} web"),
    (CODE, "up -d --scale web"),
)  # fmt: skip

_STREAMS = (
    (SHAPE, "events --json --since 1h --until 1s"),
    (UNTIL, "ps -a --format {{.Name}}|{{.State}}", "parity-job-1|exited"), (CODE, "attach job"),
    (CODE, "attach nope"), (CODE, "attach --index 2 web"), (BEHIND, "attach --no-stdin gate", "first"),
    (BEHIND, "logs -f --no-log-prefix gate", "first"), (BEHIND, "logs -f gate", "first"), (BEHIND, "wait gate"),
    (BEHIND, "wait --down-project gate"), (TEXT, "ps -aq"), (CODE, "up -d web job"),
    (CODE, "up --exit-code-from job job"), (CODE, "up --abort-on-container-exit job"),
    (CODE, "up --abort-on-container-failure job"), (CODE, "up --no-log-prefix --no-color job"), (CODE, "up -d web"),
)  # fmt: skip

_IMAGES = (
    (CODE, "build"), (CODE, "build nope"), (CODE, "build app"), (CODE, "build -q app"), (TEXT, "run --rm -T app"),
    (CODE, "up -d --no-build app"), (CODE, "push"), (CODE, "push nope"), (CODE, "pull nope"),
    (CODE, "pull --policy nope web"), (CODE, "pull --ignore-buildable app"),
)  # fmt: skip

_ENDS = (
    (CODE, "kill -s HUP web"), (CODE, "up -d web"), (CODE, "kill -s NOPE web"), (CODE, "kill nope"), (CODE, "kill job"),
    (CODE, "kill web"), (TEXT, "ps -a --format {{.Name}}|{{.State}}|{{.ExitCode}} web"), (CODE, "start web"),
    (CODE, "start web"), (CODE, "restart -t 0 web"), (CODE, "restart web"), (CODE, "restart nope"),
    (CODE, "restart --no-deps web"), (CODE, "stop -t 0 web"), (CODE, "stop web"), (CODE, "stop nope"),
    (TEXT, "ps -a --format {{.Name}}|{{.State}} web"), (CODE, "start web"), (CODE, "rm -f nope"), (CODE, "rm -f web"),
    (TEXT, "ps -a --format {{.Name}} web"), (CODE, "rm -f -s -v web"), (TEXT, "ps -aq web"), (CODE, "up -d"),
    (CODE, "down nope"), (CODE, "down --rmi nope"), (TEXT, "ps -a --services"),
    (CODE, "down -v --remove-orphans -t 0"), (TABLE, "ps -a"), (TABLE, "ls -a --filter name=parity"), (CODE, "down"),
    (CODE, "--profile app down --rmi local"), (TEXT, "volumes -q"), (TEXT, "ps -q"),
)  # fmt: skip

STEPS: tuple[Step, ...] = tuple(
    Step(*one)
    for part in (_CREATED, _UP, _LOGS, _LOOKS, _EXEC, _RUN, _CP, _PAUSE, _SCALE, _STREAMS, _IMAGES, _ENDS, MORE)
    for one in part
)
