"""Builds on this machine: real layers, real processes. The same builds run as an ordinary user where root makes one."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap

import pytest

import composekit
from composekit.errors import ComposekitError
from composekit.images import dockerfile
from composekit.images.context import read_context
from composekit.images.program import Program
from composekit.images.step import Origin
from composekit.runtime.building import StepFailed, Teller, Wanted, build
from composekit.runtime.layers import Store, with_tag
from composekit.runtime.stepping import Ground, go_inside, perform
from composekit.sandbox.probe import probe

integration = pytest.mark.integration
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Told(Teller):
    """Remembers what it is told."""

    def __init__(self):
        self.titles, self.lines, self.cached = [], [], []

    def begin(self, title):
        self.titles.append(title)
        return len(self.titles)

    def line(self, number, text):
        self.lines.append(text)

    def done(self, number, *, cached=False, failed=""):
        if cached:
            self.cached.append(number)


@pytest.fixture
def work():
    """A directory that everybody may pass through, unlike pytest's own."""
    directory = tempfile.mkdtemp(prefix="composekit-test-")
    os.chmod(directory, 0o755)
    os.mkdir(os.path.join(directory, "context"))
    yield directory
    subprocess.run(["chmod", "-R", "u+rwx", directory], check=False)
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def made(work):
    """Build a Dockerfile; returns the image and what was told."""
    if probe(work).kind == "none":
        pytest.skip("this machine has no private views")

    def run(text, *, files=None, base=None, **more):
        for name, content in (files or {}).items():
            file = os.path.join(work, "context", name)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "w", encoding="utf-8") as opened:
                opened.write(content)
        context = read_context(os.path.join(work, "context"))
        text = textwrap.dedent(text)
        args, others = more.pop("args", {}), more.pop("others", {})
        store = Store(os.path.join(work, "state"))

        def find(image):
            built = store.image(image)
            return built.program if built else base or Program(origin="test")

        stages = dockerfile.plan(text, context=context, target=None, args=args, base=find, others=others)
        told = Told()
        wanted = Wanted(more.pop("name", "shop-app"), "app", stages, context, "Dockerfile", text, **more)
        image = build(wanted, Store(os.path.join(work, "state")), told, path=PATH, python=sys.executable)
        return image, told

    return run


@pytest.fixture
def look(work):
    """Run a shell command in a built image; returns what it prints."""

    def run(image, command):
        store = Store(os.path.join(work, "state"))

        def act(ground):
            go_inside(ground)
            os.execv("/bin/sh", ["sh", "-c", command])

        lines = []
        with store.new_layer() as place:
            perform(Ground(store.folder, image.program.layers, place), act, lines.append)
        return "\n".join(lines)

    return run


def left_over(work):
    return os.listdir(os.path.join(work, "state", "layers", ".new"))


@integration
def test_steps_see_what_the_steps_before_them_made_and_the_machine_does_not(made, look, work):
    image, told = made(
        """
        FROM x
        WORKDIR /composekit-test
        COPY a.txt sub/ ./
        RUN echo made > made && rm -f /etc/issue && mkdir -p /usr/local/lib/composekit-test && ls
        RUN cat made && test ! -e /etc/issue
        """,
        files={"a.txt": "a", "sub/b.txt": "b"},
    )

    assert told.lines[:3] == ["a.txt", "b.txt", "made"]
    assert look(image, "cat /composekit-test/made; ls -d /usr/local/lib/composekit-test; ls /etc/issue 2>&1") == (
        "made\n/usr/local/lib/composekit-test\nls: cannot access '/etc/issue': No such file or directory"
    )
    assert os.path.exists("/etc/issue")
    assert not os.path.exists("/composekit-test")
    assert not os.path.exists("/usr/local/lib/composekit-test")
    assert left_over(work) == []


@integration
def test_a_step_runs_again_only_when_what_it_depends_on_changes(made):
    text = """
        FROM x
        RUN echo one
        COPY a.txt /composekit-test/
        ARG A
        RUN echo $A
        """
    made(text, files={"a.txt": "1"})
    _, again = made(text)
    _, other_file = made(text, files={"a.txt": "2"})
    _, other_argument = made(text, args={"A": "x"})
    _, no_cache = made(text, use_cache=False)

    assert (again.cached, again.lines[0]) == ([1, 2, 3, 4], "naming to shop-app done")
    assert other_file.cached == [1, 2]
    assert other_argument.cached == [1, 2, 3]
    assert no_cache.cached == [1]


@integration
def test_an_unchanged_file_with_another_time_is_taken_from_the_cache(made, work):
    text = "FROM x\nCOPY a.txt /composekit-test/\n"
    made(text, files={"a.txt": "1"})
    os.utime(os.path.join(work, "context", "a.txt"), (1, 1))

    assert made(text)[1].cached == [1, 2]


@integration
def test_stages_heredocs_archives_and_modes(made, look):
    image, _ = made(
        """
        FROM x AS one
        RUN mkdir -p /out/deep && echo built > /out/deep/f && ln -s deep/f /out/link
        FROM x
        COPY --from=one /out /composekit-test/
        COPY --chmod=750 <<EOF /composekit-test/script
        #!/bin/sh
        echo "from a heredoc"
        EOF
        RUN cd /composekit-test && tar -czf /composekit-test/t.tar.gz deep
        """
    )

    command = "cd /composekit-test; cat deep/f; readlink link; ./script; stat -c %a script; tar -tf t.tar.gz"
    assert look(image, command).splitlines() == ["built", "deep/f", "from a heredoc", "750", "deep/", "deep/f"]


@integration
def test_add_unpacks_an_archive_of_the_context(made, look, work):
    os.makedirs(os.path.join(work, "pack"))
    with open(os.path.join(work, "pack", "f"), "w", encoding="utf-8") as file:
        file.write("packed")
    archive = os.path.join(work, "context", "a.tar.xz")
    subprocess.run(["tar", "-cJf", archive, "-C", os.path.join(work, "pack"), "f"], check=True)
    image, _ = made("FROM x\nADD a.tar.xz /composekit-test/\nCOPY a.tar.xz /composekit-test/kept\n")

    assert (
        look(image, "cd /composekit-test; cat f; ls") == "packeda.tar.xz"
        or look(image, "ls /composekit-test; cat /composekit-test/f") == "f\nkept\npacked"
    )


@integration
def test_mounts_of_run_are_there_for_the_step_only(made, look):
    image, told = made(
        """
        FROM x AS other
        RUN echo other > /composekit-other
        FROM x
        RUN --mount=type=secret,id=key,target=/composekit-key --mount=type=cache,target=/composekit-cache \\
            --mount=type=bind,source=a.txt,target=/composekit-a --mount=type=tmpfs,target=/composekit-tmp \\
            --mount=from=other,source=/composekit-other,target=/composekit-b \\
            cat /composekit-key /composekit-a /composekit-b; touch /composekit-cache/x /composekit-tmp/y
        RUN --mount=type=cache,target=/composekit-cache ls /composekit-cache
        RUN ls -d /composekit-* || echo nothing
        """,
        files={"a.txt": "a\n"},
        secrets={"key": b"secret\n"},
    )

    assert told.lines[:4] == ["secret", "a", "other", "x"]
    assert "nothing" in told.lines
    assert look(image, "ls -d /composekit-* 2>/dev/null") == ""


@integration
def test_files_come_from_images_built_before_from_given_directories_and_from_this_machine(made, look, work):
    made("FROM x\nRUN echo tool > /composekit-tool\n", name="shop-tools")
    os.mkdir(os.path.join(work, "lib"))
    with open(os.path.join(work, "lib", "f"), "w", encoding="utf-8") as file:
        file.write("lib")
    others = {"tools": Origin(image="shop-tools"), "lib": Origin(directory=os.path.join(work, "lib"))}
    text = """
        FROM x
        COPY --from=tools /composekit-tool /copied
        COPY --from=lib f /f
        COPY --from=some/image:1 /usr/local/bin/env /opt/bin/composekit-env
        RUN --mount=from=tools,target=/t --mount=from=lib,target=/l cat /t/composekit-tool /l/f
        RUN test ! -e /composekit-tool
    """
    image, told = made(text, others=others)

    assert told.lines[:2] == ["tool", "lib"]
    assert look(image, "cat /copied /f; A=1 /opt/bin/composekit-env | grep -c ^A=1") == "tool\nlib1"
    assert look(made("FROM shop-tools\nRUN true\n")[0], "cat /composekit-tool") == "tool"


@integration
def test_what_an_image_has_and_this_machine_has_not_is_said(made, work):
    with pytest.raises(
        ComposekitError, match="'/composekit-none' of image 'some/image' is not on this machine"
    ) as wrong:
        made("FROM x\nRUN true\nCOPY --from=some/image /composekit-none /bin/\n")

    assert str(wrong.value).startswith("Dockerfile:3: ")
    assert left_over(work) == []


@integration
def test_a_failing_step_leaves_the_steps_before_it_in_the_cache_and_nothing_else(made, work):
    text = "FROM x\nRUN echo fine\nRUN echo said; echo wrong >&2; exit 3\n"
    with pytest.raises(StepFailed) as failed:
        made(text)

    assert str(failed.value) == (
        'process "/bin/sh -c echo said; echo wrong >&2; exit 3" did not complete successfully: exit code: 3'
    )
    assert sorted(failed.value.lines) == ["said", "wrong"]
    assert failed.value.step.line == 3
    assert left_over(work) == []
    assert Store(os.path.join(work, "state")).image("shop-app") is None
    assert made(text.replace("exit 3", "true"))[1].cached == [1, 2]


@integration
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_ends_the_build_and_leaves_nothing_half_made(made, work):
    state = os.path.join(work, "state")
    os.mkdir(state)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", state], check=True)
    try:
        with pytest.raises(ComposekitError) as wrong:
            made("FROM x\nRUN true\nCOPY big /\n", files={"big": "x" * (6 << 20)})
        assert str(wrong.value) == "Dockerfile:3: 'big': No space left on device"
        assert "COMPOSEKIT_HOME" in wrong.value.hint
        assert left_over(work) == []
    finally:
        subprocess.run(["umount", state], check=True)


@integration
def test_a_step_that_prints_nothing_is_said_to_run_still(work):
    if probe(work).kind == "none":
        pytest.skip("this machine has no private views")
    store = Store(os.path.join(work, "state"))
    reader, writer = os.pipe()
    told = []

    def act(_ground):
        os.read(reader, 1)  # until it was told that nothing is printed
        return 0

    def on_quiet(seconds):
        told.append(seconds)
        os.write(writer, b".")

    with store.building(), store.new_layer() as place:
        assert perform(Ground(store.folder, (), place), act, print, on_quiet, quiet_seconds=0.05) == 0
    os.close(reader)
    os.close(writer)

    assert told
    assert told[0] >= 0.05


@integration
def test_a_program_left_running_by_a_step_ends_with_it(made, work):
    _, told = made("FROM x\nRUN sleep 4321 & echo $!; readlink /proc/self/ns/pid\n")

    found = subprocess.run(["pgrep", "-f", "^sleep 4321$"], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert os.readlink("/proc/self/ns/pid") not in told.lines


@integration
def test_an_interrupted_step_is_gone_with_all_it_started(made, work):
    class Interrupting(Told):
        def line(self, number, text):
            if text == "waiting":
                raise KeyboardInterrupt

    context = read_context(os.path.join(work, "context"))
    text = "FROM x\nRUN sleep 4322 & echo waiting; wait\n"
    stages = dockerfile.plan(text, context=context, target=None, args={}, base=lambda _: Program(origin="test"))
    store = Store(os.path.join(work, "state"))

    with pytest.raises(KeyboardInterrupt):
        build(Wanted("a", "a", stages, context, "Dockerfile", text), store, Interrupting(), path=PATH, python="")

    found = subprocess.run(["pgrep", "-f", "^sleep 4322$"], capture_output=True, text=True, check=False)
    assert found.stdout == ""
    assert left_over(work) == []


@integration
def test_what_a_killed_build_left_is_removed_by_the_next(made, work):
    made("FROM x\nRUN true\n")
    os.makedirs(os.path.join(work, "state", "layers", ".new", "old", "work", "work"))

    made("FROM x\nRUN echo other\n")

    assert left_over(work) == []


@integration
@pytest.mark.needs_root("builds")
def test_a_user_made_by_a_step_owns_files_and_is_the_images_user(made, look):
    image, told = made(
        """
        FROM x
        RUN useradd -m -u 4567 composekit-app
        COPY --chown=composekit-app a.txt /composekit-test/
        USER composekit-app
        WORKDIR /composekit-test/mine
        RUN id -u; echo $HOME; touch file
        """,
        files={"a.txt": ""},
    )

    assert told.lines[:2] == ["4567", "/home/composekit-app"]
    assert image.program.user == "4567:4567"
    assert image.program.env["HOME"] == "/home/composekit-app"
    assert look(image, "stat -c %U /composekit-test/a.txt /composekit-test/mine /composekit-test/mine/file") == (
        "composekit-app\ncomposekit-app\ncomposekit-app"
    )


@integration
def test_entry_programs_are_told_what_a_build_put_where_they_look(made):
    base = Program(origin="nginx", supplied=("/etc/nginx/conf.d/default.conf",))
    removed, _ = made("FROM nginx\nRUN rm /etc/nginx/conf.d/default.conf\n", base=base)
    written, _ = made("FROM nginx\nRUN echo x > /etc/nginx/conf.d/default.conf\n", base=base)
    untouched, _ = made("FROM nginx\nCOPY a.txt /usr/share/nginx/html/\n", files={"a.txt": ""}, base=base)

    assert [copy.target for copy in removed.program.files] == ["/etc/nginx/conf.d/default.conf"]
    assert written.program.provided == ("/etc/nginx/conf.d/default.conf",)
    assert "/etc/nginx/conf.d/default.conf" not in untouched.program.provided
    assert "/usr/share/nginx/html" in untouched.program.provided


@pytest.mark.needs_root("builds")
@integration
def test_users_of_the_base_image_are_there(made, look):
    base = Program(origin="node", users={"composekit-node": (4999, "/home/composekit-node")})
    image, told = made("FROM node\nUSER composekit-node\nRUN echo $HOME\n", base=base)

    assert told.lines[0] == "/home/composekit-node"
    assert image.program.user == "4999:4999"
    assert look(image, "tail -n 1 /etc/passwd") == "composekit-node:x:4999:4999::/home/composekit-node:/bin/sh"


@integration
def test_an_unknown_owner_says_what_to_do(made, work):
    with pytest.raises(ComposekitError) as wrong:
        made("FROM x\nCOPY --chown=composekit-nobody a.txt /composekit-test/\n", files={"a.txt": ""})

    assert str(wrong.value) == "Dockerfile:2: there is no user 'composekit-nobody' at this point of the build"
    assert wrong.value.hint == "make it in a RUN before"


AS_USER = """
import json, os, sys
sys.path.insert(0, {source!r})
from composekit.images import dockerfile
from composekit.images.context import read_context
from composekit.images.program import Program
from composekit.runtime.building import Teller, Wanted, build
from composekit.runtime.layers import Store

class Told(Teller):
    lines = []
    def begin(self, title): return 0
    def line(self, number, text): self.lines.append(text)
    def done(self, number, *, cached=False, failed=""): pass

text = {text!r}
context = read_context({work!r} + "/context")
stages = dockerfile.plan(text, context=context, target=None, args={{}}, base=lambda _: Program(origin="t"))
image = build(Wanted("a", "a", stages, context, "Dockerfile", text), Store({work!r} + "/user"), Told(),
              path={path!r}, python=sys.executable)
print(json.dumps([Told.lines, image.program.layers]))
"""


@integration
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become an ordinary user")
def test_an_ordinary_user_builds_too(work):
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    versions = "import sys; sys.exit(sys.version_info < (3, 11))"
    if python is None or subprocess.run([python, "-c", versions], check=False).returncode:
        pytest.skip("there is no Python 3.11 that everybody may run")
    source = os.path.join(work, "source", "composekit")
    shutil.copytree(os.path.dirname(composekit.__file__), source, ignore=shutil.ignore_patterns("__pycache__"))
    with open(os.path.join(work, "context", "a.txt"), "w", encoding="utf-8") as file:
        file.write("a")
    os.mkdir(os.path.join(work, "user"))
    os.chown(os.path.join(work, "user"), 65534, 65534)
    text = textwrap.dedent(
        """
        FROM x
        WORKDIR /composekit-test
        COPY a.txt .
        RUN id -u; touch /usr/local/bin/composekit-x /etc/composekit-x && rm -f /etc/issue && ls /etc/issue || true
        RUN ls /usr/local/bin/composekit-x /composekit-test; mkdir -p /var/lib/composekit-x
        RUN --mount=type=cache,target=/root/.cache/composekit-x touch /root/composekit-x && ls /root
        """
    )
    script = AS_USER.format(source=os.path.dirname(source), text=text, work=work, path=PATH)
    done = subprocess.run(
        [python, "-I", "-c", script], user=65534, group=65534, extra_groups=[], capture_output=True, text=True,
        check=False, cwd="/", timeout=120,
    )  # fmt: skip
    if "unshare" in done.stderr:
        pytest.skip("an ordinary user may not make namespaces here")
    assert done.returncode == 0, done.stderr
    lines, layers = json.loads(done.stdout)

    assert lines[0] == "0"
    assert "/usr/local/bin/composekit-x" in lines
    assert "a.txt" in lines
    assert "composekit-x" in lines, "root's own directory is not the namespace's root's"
    assert layers[0] == ".own"
    assert not os.path.exists("/usr/local/bin/composekit-x")


def test_an_image_is_kept_with_its_program_and_found_by_its_name(tmp_path):
    store = Store(str(tmp_path))
    os.makedirs(tmp_path / "layers" / "abc")
    program = Program(origin="x", command=("a",), env={"A": "1"}, layers=("abc",), shims={"s": ("t",)})

    written = store.write_image("shop-app", program)

    assert store.image("shop-app") == written
    assert store.image("shop-app:latest").program == program
    assert store.image("shop-app:1") is None
    assert written.identity.startswith("sha256:")


def test_an_image_whose_layers_are_gone_is_not_there(tmp_path):
    store = Store(str(tmp_path))
    store.write_image("shop-app", Program(origin="x", layers=("gone",)))

    assert store.image("shop-app") is None


@pytest.mark.parametrize(
    ("name", "tagged"),
    [("a", "a:latest"), ("a:1", "a:1"), ("h:5000/a", "h:5000/a:latest"), ("a@sha256:0", "a@sha256:0")],
)
def test_a_name_without_a_tag_means_latest(name, tagged):
    assert with_tag(name) == tagged


@integration
def test_the_end_of_a_step_tells_how_it_ended(work):
    if probe(work).kind == "none":
        pytest.skip("this machine has no private views")
    store = Store(os.path.join(work, "state"))
    with store.building(), store.new_layer() as place:
        assert perform(Ground(store.folder, (), place), lambda _ground: 7, print) == 7


@integration
def test_a_mistake_in_a_step_comes_back_with_its_hint(work):
    if probe(work).kind == "none":
        pytest.skip("this machine has no private views")

    def act(_ground):
        raise ComposekitError("it is wrong", hint="do it right")

    store = Store(os.path.join(work, "state"))
    with store.building(), store.new_layer() as place, pytest.raises(ComposekitError) as wrong:
        perform(Ground(store.folder, (), place), act, print)

    assert (str(wrong.value), wrong.value.hint) == ("it is wrong", "do it right")
