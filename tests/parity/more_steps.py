"""More steps of the comparison, which take the project as the steps before leave it: down, with its volume removed.

What is asked here is at the edges: values of options, templates, times, ways to choose a project, `--dry-run`, services
whose profile is off and services that the file does not have. Names in capitals before a command are its environment.
"""

CODE, TEXT, LINES, KEYS, TABLE, UNTIL = "code", "text", "lines", "keys", "table", "until"

FILES = {
    "less.yaml": "name: parity\nservices:\n  web: {image: busybox, command: sleep 600, stop_grace_period: 0s}\n",
    "e.env": 'A=1\nB="two words"\n',
    "tree/a": "1\n",
    "tree/sub/b": "2\n",
}  # fmt: skip

_TEMPLATES = (
    (CODE, "up -d"), (UNTIL, "ps -a --format {{.Name}}|{{.State}}", "parity-job-1|exited"),
    (TEXT, "ps -a --format {{range_.Publishers}}{{.URL}}_{{.TargetPort}}/{{.Protocol}}_{{end}}{{.Name}}"),
    (TEXT, "ps -a --format {{range_$i,_$p_:=_.Publishers}}{{$i}}:{{$p.TargetPort}}_{{else}}none_{{end}}{{.Name}}"),
    (TEXT, "ps -a --format {{with_.Name}}{{.}}{{end}}"), (TEXT, "ps -a --format {{$x_:=_.Name}}{{$x}}"),
    (TEXT, "ps -a --format {{if_eq_.State_`running`}}R{{else}}E{{end}}"), (TEXT, "ps -a --format {{slice_.Name_0_3}}"),
    (TEXT, "ps -a --format {{join_(split_.Name_`-`)_`/`}}"), (TEXT, "ps -a --format {{pad_.Name_2_3}}|"),
    (TEXT, "ps -a --format {{truncate_.Name_5}}"), (TEXT, "ps -a --format {{.Name_|_upper_|_lower_|_title}}"),
    (TEXT, "ps -a --format {{println_.Name}}"), (TEXT, "ps -a --format {{len_.Name}}"),
    (TEXT, "ps -a --format {{printf_`%-10s|%d`_.Name_.ExitCode}}"), (TEXT, "ps -a --format {{.Mounts}}|{{.Networks}}"),
    (TEXT, "ps -a --format {{html_`<a>`}}_{{js_`it's`}}_{{urlquery_`a&b`}}"), (TEXT, "ps -a --format {{/*_c_*/}}x"),
    (TEXT, "ps -a --format {{define_`x`}}a{{end}}{{template_`x`}}"), (CODE, "ps --format {{.Name.Foo}}"),
    (CODE, "ps --format {{range_.Name}}x{{end}}"), (CODE, "ps --format {{end}}"), (CODE, "ps --format {{nope_.Name}}"),
    (TEXT, "ps -a --format {{.LocalVolumes}}_{{.Size}}_{{.ExitCode}}_{{.Health}}|{{.Label_`nope`}}."),
    (TEXT, "ps --format json -q"), (TEXT, "ps -q --services"), (CODE, "ps --filter status"), (CODE, "ps --filter =x"),
    (TEXT, "ps --filter status=running --filter status=exited --format {{.Name}}"), (CODE, "ps --filter status="),
    (TEXT, "ps --status running --status exited --format {{.Name}}"), (TEXT, "ps --all=false --format {{.Name}}"),
    (TEXT, "ls --filter name=^parity$ -q"), (TEXT, "ls --filter name=zzzz --format json"), (CODE, "ls --filter =x"),
    (TEXT, "volumes web -q"), (CODE, "volumes gate"), (KEYS, "images --format json web"),
)  # fmt: skip

_VALUES = (
    (TEXT, "port web 80/tcp"), (CODE, "port web 9000/udp"), (TEXT, "port web 80 --protocol tcp"),
    (CODE, "port web 80 --protocol udp"), (CODE, "port web 9000 --protocol sctp"), (CODE, "port web 9000"),
    (TEXT, "port web 80 --index 1"), (CODE, "port web 80 --index 9"), (CODE, "port web 0"), (CODE, "port job 80"),
    (CODE, "port web 99999"),
    (TEXT, "logs --since 10m --no-log-prefix job"), (TEXT, "logs --since 2020-01-01 --no-log-prefix job"),
    (TEXT, "logs --since 2020-01-01T00:00:00Z --no-log-prefix job"), (TEXT, "logs --since 5 --no-log-prefix job"),
    (TEXT, "logs --since 2020-01-01T00:00:00.123456789+02:00 --no-log-prefix job"),
    (TEXT, "logs --since 1577836800.5 --no-log-prefix job"), (TEXT, "logs --since 2099-01-01 --no-log-prefix job"),
    (TEXT, "logs --until 2020-01-01 --no-log-prefix job"), (TEXT, "logs --until 2099-01-01 --no-log-prefix job"),
    (TEXT, "logs --since 1h30m --no-log-prefix job"), (TEXT, "logs --tail -1 --no-log-prefix job"),
    (TEXT, "logs --tail all --no-log-prefix job"), (TEXT, "logs --tail=0 job"), (TEXT, "logs -n 1 --no-log-prefix job"),
    (LINES, "--ansi never logs job"), (LINES, "NO_COLOR=1 logs job"), (LINES, "COMPOSE_ANSI=bad logs job"),
    (CODE, "logs web nope"), (CODE, "top web job"),
    (TEXT, "exec -T --index 0 web pwd"), (TEXT, "exec -T -e A= web sh -c echo_[$A]"),
    (TEXT, "A=1 exec -T -e A web sh -c echo_[$A]"), (TEXT, "exec -T -e A=b=c web sh -c echo_[$A]"),
    (CODE, "exec -T web -- echo"), (TEXT, "exec -T web echo -e x"), (CODE, "exec -T -w rel web pwd"),
    (CODE, "exec -d web no-such-program"), (TEXT, "exec web pwd"), (TEXT, "exec -i web pwd"),
    (CODE, "kill -s 99 web"), (CODE, "kill -s 0 web"), (CODE, "kill -s SIGHUP nope"),
    (CODE, "scale web="), (CODE, "scale =1"), (CODE, "scale web==1"), (CODE, "up -d --scale web=1=2"),
    (CODE, "up -d --scale =1"), (CODE, "up -d --pull nope"), (CODE, "create --pull nope"),
    (CODE, "up -d --pull missing"),
    (CODE, "up -d --attach nope"), (CODE, "up -d --abort-on-container-exit"), (CODE, "up -d --exit-code-from job"),
    (CODE, "up -d --abort-on-container-failure"), (CODE, "up -d --attach-dependencies"), (CODE, "up -d -w"),
    (CODE, "up -d -V --no-recreate"), (CODE, "up -d --always-recreate-deps --no-recreate"), (CODE, "up -d web nope"),
    (CODE, "attach --detach-keys nope web"),
    (LINES, "stats --no-stream -a --format {{.Name}}"),
)  # fmt: skip

_PROJECTS = (
    (TEXT, "-p parity ps --format {{.Name}} web"), (TABLE, "-p nothere ps"), (TEXT, "-p nothere ps -q"),
    (CODE, "-p nothere down"), (CODE, "-p nothere logs"), (CODE, "-p nothere stop"), (CODE, "-p nothere start"),
    (CODE, "-p nothere restart"), (CODE, "-p nothere kill"), (CODE, "-p nothere rm -f"), (CODE, "-p nothere top"),
    (CODE, "-p nothere pause"), (CODE, "-p nothere unpause"), (CODE, "-p nothere images"), (CODE, "-p nothere volumes"),
    (CODE, "-p nothere port web 80"), (CODE, "-p nothere exec -T web ls"), (CODE, "-p nothere wait web"),
    (CODE, "-p nothere attach web"), (CODE, "-p nothere cp web:/a b"), (TEXT, "COMPOSE_PROJECT_NAME=other ps -q"),
    (TEXT, "COMPOSE_PROJECT_NAME=parity -f nope.yaml ps --format {{.Name}} web"), (CODE, "COMPOSE_FILE=nope.yaml ps"),
    (CODE, "COMPOSE_FILE=compose.yaml:nope.yaml ps"), (LINES, "COMPOSE_PROFILES=gate config --services"),
    (TEXT, "COMPOSE_FILE=compose.yaml,less.yaml COMPOSE_PATH_SEPARATOR=, ps --format {{.Name}} web"),
    (LINES, "COMPOSE_PROFILES=* config --services"), (LINES, "--profile gate --profile app config --services"),
    (LINES, "--profile nope config --services"), (TEXT, "-f compose.yaml -f less.yaml ps --format {{.Name}} web"),
    (CODE, "-f compose.yaml -f nope.yaml ps"), (TEXT, "--project-directory / ps --format {{.Name}} web"),
    (TEXT, "--file=compose.yaml ps --format {{.Name}} web"), (CODE, "--workdir / config -q"),
    (CODE, "--env-file nope.env ps"), (TEXT, "--env-file /dev/null ps --format {{.Name}} web"),
    (CODE, "COMPOSE_ENV_FILES=nope.env ps"), (TEXT, "COMPOSE_DISABLE_ENV_FILE=1 ps --format {{.Name}} web"),
    (CODE, "COMPOSE_PARALLEL_LIMIT=1 up -d"), (CODE, "COMPOSE_PARALLEL_LIMIT=x up -d"), (CODE, "--parallel 1 up -d"),
    (CODE, "COMPOSE_PARALLEL_LIMIT= ps -q"), (TEXT, "--compatibility ps --format {{.Name}} web"),
    (CODE, "COMPOSE_COMPATIBILITY=1 config -q"), (LINES, "--all-resources config --volumes"),
    (TEXT, "--progress plain ps --format {{.Name}} web"), (TEXT, "--progress json ps --format {{.Name}} web"),
    (TEXT, "--progress quiet ps --format {{.Name}} web"), (TEXT, "COMPOSE_PROGRESS=plain ps --format {{.Name}} web"),
    (TEXT, "--verbose --no-ansi ps --format {{.Name}} web"), (CODE, "config --hash nope"),
    (CODE, "--help"), (CODE, "-v"),
    (LINES, "config --networks"), (CODE, "config --no-interpolate -q"), (CODE, "config -o /dev/null"),
)  # fmt: skip

_REHEARSED = (
    *((CODE, f"--dry-run {line}") for line in (
        "up -d", "up -d --force-recreate", "up -d --scale web=2", "create --force-recreate", "stop", "restart", "kill",
        "pause", "rm -f", "rm -fs", "scale web=2", "exec -T web true", "exec -d web true", "run --rm web true",
        "run -d web true", "attach web", "ps", "logs job", "port web 80", "wait job", "config -q", "version", "down -v",
        "volumes -q", "build app", "top",
    )),
    (CODE, "up -d --dry-run"), (TEXT, "ps --dry-run -a --format {{.Name}}|{{.State}} web"),
)  # fmt: skip

_RUN = (
    (CODE, "run --rm -T --env-from-file nope.env web true"),
    (TEXT, "run --rm -T --env-from-file e.env web sh -c echo_$A_$B"),
    (TEXT, "run --rm -T --env-from-file e.env -e A=9 web sh -c echo_$A_$B"), (CODE, "run --rm -T -e =x web true"),
    (TEXT, "run --rm -T --workdir /tmp web pwd"), (TEXT, "run --rm -T --entrypoint echo_pre web post"),
    (CODE, "run --rm -T --name bad_name web true"), (CODE, "run --rm -T --name x web true"),
    (TEXT, "run --rm -T -v ./e.env:/c:ro web head -n 1 /c"), (CODE, "run --rm -T -v bad:: web true"),
    (CODE, "run --rm -T -v rel:bad web true"), (CODE, "run --rm -T -p 99999:80 web true"),
    (CODE, "run --rm -T --cap-add NOPE web true"), (CODE, "run --rm -T --pull nope web true"),
    (TEXT, "run --rm -T --quiet web echo q"), (CODE, "run --rm -T --interactive=false web cat"),
    (CODE, "run --rm -t web true"), (CODE, "run --rm -t -T web true"), (TEXT, "run --rm -t=false web echo no"),
    (TEXT, "run --rm web echo no"), (CODE, "run --rm -T -u nope web id"), (CODE, "run --rm -T web sh -c kill_-15_$$"),
    (CODE, "run --rm -T web /etc"), (CODE, "run --rm -T job"), (TEXT, "run --rm -T gate echo profiled"),
    (CODE, "cp tree web:/data"), (CODE, "cp tree/. web:/data/new"), (CODE, "cp tree web:/data/named"),
    (CODE, "cp tree/ web:/data/slash"), (CODE, "cp tree/a web:/data/x/"), (CODE, "cp tree/a web:/data/file"),
    (CODE, "cp tree/a web:/data/file/"), (LINES, "exec -T web find /data"), (CODE, "cp web:/data/tree out"),
    (CODE, "cp web:/data/tree/. out"), (CODE, "cp web:/data/file out/"), (CODE, "cp web:/data/file /nope/dir/"),
    (CODE, "cp web:/data/file /nope/dir"), (CODE, "cp web:/data/tree compose.yaml"), (CODE, "cp tree web:/data/file"),
    (CODE, "cp web:/nope -"), (CODE, "cp - web:/data"), (CODE, "cp - web:/nope"), (CODE, "cp web: out"),
    (CODE, "cp tree/a web:"), (CODE, "cp job:/nope x"), (CODE, "cp tree/a job:/tmp/a"), (CODE, "cp -a tree web:/data"),
)  # fmt: skip

_OTHERS = (
    *((CODE, f"{line} gate") for line in (
        "stop", "kill", "rm -f", "pause", "unpause", "restart", "top", "logs", "ps", "images",
        "wait",
    )),
    (CODE, "exec -T gate ls"), (CODE, "port gate 80"), (CODE, "cp gate:/a b"),
    (CODE, "--profile gate up -d gate"), (LINES, "ps --format {{.Service}}"),
    (LINES, "ps --orphans=false --format {{.Service}}"), (CODE, "stop -t 0 gate"), (CODE, "rm -f gate"),
    (LINES, "-f less.yaml ps -a --format {{.Service}}"),
    (LINES, "-f less.yaml ps -a --orphans=false --format {{.Service}}"), (CODE, "-f less.yaml stop"),
    (CODE, "-f less.yaml logs nope"), (CODE, "-f less.yaml kill --remove-orphans"), (CODE, "-f less.yaml down"),
    (TEXT, "ps -a --format {{.Service}}"), (CODE, "-f less.yaml down --remove-orphans"), (TEXT, "ps -aq"),
    (CODE, "-p parity2 -f less.yaml up -d"), (TEXT, "-p parity2 ps --format {{.Name}}"), (CODE, "-p parity2 stop"),
    (CODE, "-p parity2 start web"), (CODE, "-p parity2 restart -t 0"), (CODE, "-p parity2 top"),
    (CODE, "-p parity2 pause"), (CODE, "-p parity2 unpause"), (CODE, "-p parity2 kill"), (CODE, "-p parity2 up -d"),
    (CODE, "-p parity2 down -t 0"), (CODE, "-p parity2 down -t 0"), (TEXT, "ls -q --filter name=^parity"),
)  # fmt: skip

MORE = (*_TEMPLATES, *_VALUES, *_PROJECTS, *_REHEARSED, *_RUN, *_OTHERS)
