import json
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from composekit.errors import BadValue
from composekit.images.dockerfile import read
from composekit.images.program import FileCopy, Health, Program
from composekit.source.text import Source

RECORDED = os.path.join(os.path.dirname(__file__), "..", "..", "fixtures", "images", "recorded")
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def read_text(text, *, context="/nowhere", target=None, args=None, base=lambda _: None):
    return read(text, context=context, target=target, args=args or {}, base=base)


def recorded(name):
    with open(os.path.join(RECORDED, name), encoding="utf-8") as file:
        return json.load(file)["builds"]


def busybox(image):
    return Program(origin="test", command=("sh",), env={"PATH": "/bin"}) if image == "busybox" else None


@pytest.mark.parametrize(
    "build", recorded("builds.json"), ids=lambda build: build["dockerfile"].replace("\n", "|")[:60]
)
def test_a_dockerfile_means_what_docker_build_made_of_it(build):
    context = os.path.join(RECORDED, "context")
    if build["program"] is None:
        with pytest.raises(BadValue):
            read_text(build["dockerfile"], context=context, base=busybox)
        return

    program = read_text(build["dockerfile"], context=context, base=busybox)

    env = {"PATH": DEFAULT_PATH, **{key: value.replace("{path}", DEFAULT_PATH) for key, value in program.env.items()}}
    assert build["program"] == {
        "env": sorted(f"{key}={value}" for key, value in env.items()),
        "entrypoint": list(program.entrypoint),
        "command": list(program.command),
        "working_dir": program.working_dir,
        "user": program.user,
        "exposed": sorted(program.exposed),
        "volumes": sorted(program.volumes),
        "health": docker_health(program.health),
        "stop_signal": program.stop_signal,
    }


def docker_health(health):
    if health is None:
        return {}
    durations = {
        "Interval": health.interval_seconds,
        "Timeout": health.timeout_seconds,
        "StartPeriod": health.start_period_seconds,
    }
    shown = {key: round(seconds * 1e9) for key, seconds in durations.items() if seconds}
    return {"Test": list(health.test), **shown, **({"Retries": health.retries} if health.retries else {})}


@pytest.mark.parametrize(
    "build", recorded("copies.json"), ids=lambda build: build["dockerfile"].replace("\n", "|")[13:70]
)
def test_copied_files_are_where_docker_build_put_them(build):
    program = read_text(build["dockerfile"], context=os.path.abspath(os.path.join(RECORDED, "context")))

    tree = {}
    for copy in program.files:
        put(tree, copy.source, copy.target)
    assert tree == build["files"]


def put(tree, source, target):
    if os.path.isdir(source):
        for name in os.listdir(source):
            put(tree, os.path.join(source, name), target.rstrip("/") + "/" + name)
    else:
        with open(source, encoding="utf-8") as file:
            tree[target] = file.read()


def shown(program, context):
    """A program as lines for a snapshot: one field a line, paths relative to the context."""
    lines = []
    for name in Program.__slots__:
        value = getattr(program, name)
        if name == "shims" or value in ((), {}, None, ""):
            continue
        if isinstance(value, tuple) and name not in {"entrypoint", "command", "shell"}:
            lines += [f"{name}:", *(f"  {item}" for item in value)]
        else:
            lines.append(f"{name}: {value}")
    entry = os.path.join("composekit", "images", "entry")
    text = "\n".join(lines).replace(context, "CONTEXT")
    return "\n".join(line.replace(os.path.abspath(entry), "ENTRY") for line in text.splitlines())


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("database", None),
        ("flask", None),
        ("go-service", None),
        ("node-api", None),
        ("node-api", "development"),
        ("spa", None),
    ],
)
def test_realistic_dockerfiles(name, target, fixtures, base, snapshot, monkeypatch):
    monkeypatch.chdir(os.path.join(fixtures, "..", ".."))
    context = os.path.join(fixtures, name)
    with open(os.path.join(context, "Dockerfile"), encoding="utf-8") as file:
        program = read(file.read(), context=context, target=target, args={}, base=base, name=f"{name}/Dockerfile")

    assert shown(program, context) == snapshot


def test_arguments_given_for_the_build_win_over_defaults_everywhere():
    text = "ARG TAG=1\nFROM base:$TAG\nARG TAG\nARG OTHER=x\nENV SAID=$TAG-$OTHER\n"
    asked = []

    program = read_text(text, args={"TAG": "2", "OTHER": "y", "UNKNOWN": "z"}, base=asked.append)

    assert asked == ["base:2"]
    assert program.env == {"SAID": "2-y"}


def test_a_stage_inherits_the_programs_of_its_base_image(base):
    program = read_text("FROM nginx:1.27\nENV X=1\nEXPOSE 443\n", base=base)

    assert program.entrypoint == base("nginx").entrypoint
    assert program.command == ("nginx", "-g", "daemon off;")
    assert program.exposed == ("80/tcp", "443/tcp")
    assert program.stop_signal == "SIGQUIT"
    assert program.shims == base("nginx").shims
    assert program.origin == "Dockerfile Dockerfile"


def test_a_copied_program_is_meant_when_it_has_the_name_of_one_of_the_image(base, tmp_path):
    (tmp_path / "docker-entrypoint.sh").write_text("")
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "psql").write_text("")
    text = "FROM postgres\nCOPY docker-entrypoint.sh /usr/local/bin/\nCOPY tools /usr/local/bin\n"

    shims = read_text(text, context=str(tmp_path), base=base).shims

    assert {"docker-entrypoint.sh", "psql"} <= set(base("postgres").shims)
    assert set(base("postgres").shims) - set(shims) == {"docker-entrypoint.sh", "psql"}


def test_what_the_base_image_is_missing_is_still_missing(machine):
    from composekit.images.catalogue import find

    program = read_text("FROM redis\n", base=lambda image: find(image, *machine()))

    assert program.missing.package == "redis-server"


def test_a_base_image_that_is_not_known_is_told_and_only_for_stages_in_use():
    text = "FROM private/a AS unused\nFROM private/b AS used\nFROM used\nCMD x\n"

    assert read_text(text).notes == (
        "Dockerfile:2: image 'private/b' is not in the catalogue: what it contains is not known here",
    )


def test_run_is_told_once_with_its_first_line():
    assert read_text("FROM scratch\nENV A=1\nRUN a\nRUN b\n").notes == (
        "Dockerfile:3: 2 RUN steps are not executed; what they make must be here already",
    )


def test_path_can_be_extended_without_knowing_it():
    assert read_text("FROM scratch\nENV PATH=/app/bin:$PATH\n").env == {"PATH": "/app/bin:{path}"}


@pytest.mark.parametrize("target", ["build", "BUILD", "0"])
def test_a_target_is_a_name_or_a_number(target):
    assert read_text("FROM scratch AS build\nCMD a\nFROM scratch\nCMD b\n", target=target).command[-1] == "a"


def test_a_target_that_does_not_exist_names_those_that_do():
    with pytest.raises(BadValue) as raised:
        read_text("FROM scratch AS build\nFROM scratch AS run\n", target="prod")

    assert str(raised.value) == "the Dockerfile has no stage 'prod'"
    assert raised.value.hint == "its stages are: build, run"


def test_a_value_that_doubles_itself_is_stopped():
    with pytest.raises(BadValue, match="longer than a megabyte"):
        read_text("FROM scratch\nENV A=0123456789\n" + "ENV A=$A$A\n" * 100)


def test_onbuild_is_for_the_stage_that_is_built_on_it():
    text = 'FROM scratch AS a\nONBUILD ENV X=1\nONBUILD CMD ["x"]\nENV Y=$X\nFROM a AS b\nENV Y=$X\nFROM b\nCMD y\n'

    assert (read_text(text, target="a").env, read_text(text, target="a").command) == ({"Y": ""}, ())
    assert (read_text(text, target="b").env, read_text(text, target="b").command) == ({"X": "1", "Y": "1"}, ("x",))
    assert read_text(text).command == ("/bin/sh", "-c", "y")


def test_what_onbuild_puts_off_is_checked_at_once():
    with pytest.raises(BadValue, match="unknown instruction 'NOPE'") as raised:
        read_text("FROM scratch\nONBUILD  NOPE x\n")

    assert raised.value.offset == len("FROM scratch\nONBUILD  ")


def test_heredocs_are_read_over():
    text = (
        "FROM scratch\n"
        "RUN <<EOF cat <<-'TWO'\nFROM nothing\nEOF\n\t\tCMD no\n\tTWO\n"
        'RUN echo "a <<NOT" $((1<<2))\n'
        "COPY <<'END' /etc/app.conf\nCMD no\nEND\n"
        'CMD ["yes"]\n'
    )

    program = read_text(text)

    assert program.command == ("yes",)
    assert "Dockerfile:8: COPY from a heredoc is not done" in program.notes


def test_a_health_check_is_kept_in_dockers_form():
    program = read_text("FROM scratch\nHEALTHCHECK --interval=1m30s --start-interval=500ms --retries=2 CMD a && b\n")

    assert program.health == Health(
        test=("CMD-SHELL", "a && b"), interval_seconds=90.0, start_interval_seconds=0.5, retries=2
    )


def test_copy_keeps_mode_and_owner(fixtures):
    context = os.path.join(fixtures, "flask")
    program = read_text("FROM scratch\nARG M=755\nCOPY --chmod=$M --chown=app:app app.py /srv/\n", context=context)

    assert program.files == (FileCopy(os.path.join(context, "app.py"), "/srv/app.py", "755", "app:app"),)


def test_what_a_run_step_made_is_told_when_another_stage_copies_it(fixtures):
    text = "FROM scratch AS b\nRUN make\nFROM scratch\nCOPY --from=b /out/app /app\nCOPY --from=other/image /x /x\n"

    assert read_text(text).notes == (
        "Dockerfile:4: '/out/app' is made by a RUN step of another stage, which is not executed",
        "Dockerfile:5: COPY --from=other/image: the files of that image are not there",
    )


def test_removing_the_default_server_of_nginx_is_understood(base):
    text = "FROM nginx\nRUN apk add curl && rm -rf /etc/nginx/conf.d/*\n"

    assert read_text(text, base=base).files == (FileCopy("/dev/null", "/etc/nginx/conf.d/default.conf"),)


def test_removing_anything_else_is_not(base):
    assert read_text("FROM nginx\nRUN rm -rf /var/lib/apt/lists/* /etc/nginx/mime.types\n", base=base).files == ()


def test_add_does_not_download_or_unpack(tmp_path):
    (tmp_path / "site.tar.gz").write_bytes(b"")
    text = "FROM scratch\nADD https://example.org/x /x\nADD site.tar.gz /srv/\n"

    program = read_text(text, context=str(tmp_path))

    assert program.files == ()
    assert program.notes == (
        "Dockerfile:2: ADD does not download 'https://example.org/x'",
        "Dockerfile:3: ADD does not unpack 'site.tar.gz'",
    )


def test_a_source_cannot_leave_the_context(tmp_path):
    (tmp_path / "secret").write_text("")
    context = tmp_path / "context"
    context.mkdir()

    with pytest.raises(BadValue, match=r"'\.\./secret' is not in the build context"):
        read_text("FROM scratch\nCOPY ../secret /x\n", context=str(context))


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "the Dockerfile has no instructions"),
        ("# only a comment\n", 1, 1, "the Dockerfile has no instructions"),
        ("FROM scratch\n\nCPOY a b\n", 3, 1, "unknown instruction 'CPOY'"),
        ("RUN x\nFROM scratch\n", 1, 1, "RUN stands before the first FROM"),
        ("ARG A=1\n", 1, 1, "the Dockerfile has no FROM"),
        ("ARG A\nFROM $A\n", 2, 6, "the image's name is empty: '$A'"),
        ("FROM a AS 1x\n", 1, 11, "'1x' is no stage name"),
        ("FROM scratch\nCOPY --form=x a b\n", 2, 6, "COPY has no flag '--form'"),
        ("FROM scratch\nENV A=1 \\\n    # why\n    B C=2\n", 4, 5, "'B' is not name=value"),
        ("FROM scratch\nENV A=b${C\n", 2, 8, "a variable's braces hold no name or are not closed"),
        ("FROM scratch\nEXPOSE 80 http\n", 2, 11, "'http' is no port to expose"),
        ("FROM scratch\nHEALTHCHECK --timeout=3 CMD x\n", 2, 23, "'3' is not a duration"),
        ("FROM scratch\nSTOPSIGNAL NOPE\n", 2, 12, "'NOPE' is no signal"),
        ('FROM scratch\nCMD ["a", 1]\n', 2, 5, "an exec form array may only hold strings"),
        ("FROM scratch\nCOPY <<EOF /x\nno end\n", 2, 6, "heredoc 'EOF' has no end"),
        ("# escape=|\nFROM scratch\n", 1, 10, "the escape character may be \\ or `, not '|'"),
        ("FROM scratch\nENV A=\0\n", 2, 7, "the Dockerfile contains a zero byte"),
        ('FROM scratch\nCOPY ["a\\nb", "/x"]\n', 2, 6, "'a b' is not in the build context"),
        ("\ufeffFROM scratch\nUSER\n", 2, 1, "USER needs at least one argument"),
    ],
)
def test_errors_point_at_the_word(text, line, column, message):
    with pytest.raises(BadValue) as raised:
        read_text(text)

    assert (Source("Dockerfile", text).position(raised.value.offset), str(raised.value)) == ((line, column), message)


WORDS = [
    *(
        "FROM a AS a\n",
        "FROM a\n",
        "ENV",
        "ARG",
        "X=1",
        "X=$X",
        "${X:-y}",
        "${X",
        "COPY",
        "ADD",
        "--from=a",
        "--from=0",
    ),
    *("\\\n", "\n", "\n", "\n", " ", "#", "# escape=`\n", "`", '"', "'", '["a","b"]', "[1]", "EXPOSE", "80-90/udp"),
    *(
        "99999",
        "HEALTHCHECK",
        "--interval=1s",
        "--retries=3",
        "CMD",
        "NONE",
        "RUN",
        "<<EOF",
        "EOF\n",
        "VOLUME",
        "/data",
    ),
    *("WORKDIR", "..", "/", "USER", "STOPSIGNAL", "9", "ONBUILD", "SHELL", "LABEL", "ENTRYPOINT", "*", "[^", "${X#*}"),
    *("${X//a/b}", "$", "\t", "=", "--", "a.txt", "dir", "\ud800", "\x85", "\u2028"),
]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map("".join), st.lists(st.sampled_from(WORDS)).map(" ".join))
)
def test_any_text_is_read_or_refused_with_a_place(text):
    for whole in (text, "FROM scratch\n" + text):
        wrong = refusal(whole)
        assert wrong is None or 0 <= wrong.offset <= len(whole)
        assert "\n" not in str(wrong)


def refusal(text):
    try:
        read_text(text, context=os.path.join(RECORDED, "context"), args={"X": "v"})
    except BadValue as wrong:
        return wrong
    return None
