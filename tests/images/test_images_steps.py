import os

import pytest

from composekit.errors import BadValue
from composekit.images.context import Context, read_ignore
from composekit.images.dockerfile import plan
from composekit.images.program import Program
from composekit.images.step import Origin
from composekit.source.text import Source


def planned(text, tmp_path, *, target=None, args=None, ignore="", base=lambda _: Program(origin="test"), others=None):
    context = Context(str(tmp_path), read_ignore(ignore))
    return plan(text, context=context, target=target, args=args or {}, base=base, others=others)


def last(text, tmp_path, **more):
    stages = planned(text, tmp_path, **more)
    return stages[max(stages)]


def test_run_has_the_shell_the_variables_the_user_and_the_directory_of_its_place(tmp_path):
    head = 'FROM x\nARG A=1\nENV B=$A\nWORKDIR /w\nUSER u\nSHELL ["/bin/bash", "-c"]\n'
    text = head + 'RUN one $B\nENV C=3\nRUN ["two", "a"]\n'
    one, two = (step for step in last(text, tmp_path, args={"A": "7", "http_proxy": "p"}).steps if step.kind == "run")

    assert one.words == ("/bin/bash", "-c", "one $B")
    assert (one.env, one.directory, one.user, one.line) == ({"A": "7", "B": "7"}, "/w", "u", 7)
    assert one.given == {"http_proxy": "p"}
    assert two.words == ("two", "a")
    assert two.env["C"] == "3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("RUN <<EOF\necho a\necho b\nEOF", ("/bin/sh", "-c", "echo a\necho b\n")),
        ("RUN python3 <<EOF\nprint(1)\nEOF", ("/bin/sh", "-c", "python3 <<EOF\nprint(1)\nEOF")),
        ("RUN <<A cat > /a && <<B cat\n1\nA\n2\nB", ("/bin/sh", "-c", "<<A cat > /a && <<B cat\n1\nA\n2\nB")),
    ],
)
def test_a_heredoc_alone_is_the_script_and_otherwise_its_input(text, words, tmp_path):
    assert last(f"FROM x\n{text}\n", tmp_path).steps[0].words == words


def test_a_heredoc_with_an_interpreter_is_run_by_it(tmp_path):
    words = last("FROM x\nRUN <<EOF\n#!/usr/bin/env python3\nprint('x')\nEOF\n", tmp_path).steps[0].words

    assert words[:2] == ("/bin/sh", "-c")
    assert '/usr/bin/env python3 "$f"' in words[2]


def test_variables_count_in_a_copied_heredoc_unless_its_mark_is_quoted(tmp_path):
    text = 'FROM x\nENV N=v\nCOPY <<a.txt <<"b.txt" /d/\n"$N" it\'s\na.txt\n$N\nb.txt\n'
    (step,) = last(text, tmp_path).steps

    assert step.contents == (("a.txt", '"v" it\'s\n'), ("b.txt", "$N\n"))
    assert (step.target, step.into) == ("/d", True)


def test_copy_knows_its_stage_owner_mode_and_target(tmp_path):
    copy_line = "COPY --from=one --chown=a:b --chmod=755 /out/* ./to"
    text = f"FROM x AS one\nFROM x\nWORKDIR /w\n{copy_line}\nADD --unpack=false f /\n"
    (tmp_path / "f").write_text("")
    stages = planned(text, tmp_path)
    _, copy, add = stages[1].steps

    assert (copy.origin, copy.sources, copy.target, copy.into) == (Origin(stage=0), ("/out/*",), "/w/to", False)
    assert (copy.owner, copy.mode) == ("a:b", "755")
    assert (add.kind, add.origin, add.unpack, add.into) == ("add", None, False, True)


def test_only_stages_that_the_target_needs_are_planned(tmp_path):
    text = "FROM x AS a\nFROM x AS b\nFROM a AS c\nRUN --mount=type=bind,from=b,target=/b true\nFROM x AS d\n"

    assert sorted(planned(text, tmp_path, target="c")) == [0, 1, 2]
    assert sorted(planned(text, tmp_path)) == [3]
    assert planned(text, tmp_path, target="c")[2].base == 0


def test_onbuild_steps_are_done_by_the_stage_that_builds_on_theirs(tmp_path):
    (tmp_path / "f").write_text("")
    stages = planned("FROM x AS a\nONBUILD COPY f /f\nONBUILD RUN echo\nFROM a\nRUN last\n", tmp_path)

    assert [step.kind for step in stages[0].steps] == []
    assert [step.text for step in stages[1].steps] == ["COPY f /f", "RUN echo", "RUN last"]


def test_mounts_of_run_are_read(tmp_path):
    text = (
        "FROM x\nWORKDIR /w\nRUN --mount=type=cache,id=c,target=rel --mount=type=secret,id=s,required=true,env=S "
        "--mount=src=a,dst=/b,rw --mount=type=tmpfs,target=/t,size=8m true\n"
    )
    _, step = last(text, tmp_path).steps
    cache, secret, bind, tmpfs = step.mounts

    assert (cache.kind, cache.name, cache.target, cache.read_only) == ("cache", "c", "/w/rel", False)
    assert (secret.kind, secret.name, secret.target, secret.environment, secret.required) == (
        "secret",
        "s",
        "",
        "S",
        True,
    )
    assert (bind.kind, bind.source, bind.target, bind.read_only) == ("bind", "a", "/b", False)
    assert (tmpfs.kind, tmpfs.size) == ("tmpfs", 8 << 20)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("FROM x\nCOPY a.txt no /d/\n", "2:12", "'no' is not in the build context"),
        ("FROM x\nCOPY left.log /d\n", "2:6", "'left.log' is left out by .dockerignore"),
        ("FROM x\nADD https://h/r.git?depth=1 /d\n", "2:5", "'depth' is no query of a repository"),
        ("FROM x\nADD --checksum=sha256:1 https://h/f /d\n", "2:5", "'sha256:1' is no checksum of 'https://h/f'"),
        ("FROM x\nADD --checksum=v1 https://h/r.git /d\n", "2:5", "'v1' is no checksum of 'https://h/r.git'"),
        (
            "FROM x\nADD --checksum=sha256:1 a.txt /d\n",
            "2:25",
            "--checksum is for sources on the web and in repositories",
        ),
        ("FROM x\nRUN --mount=type=nfs,target=/x true\n", "2:13", "'nfs' is no type of mount"),
        ("FROM x\nRUN --mount=type=cache true\n", "2:13", "a mount of type cache needs a target"),
        ("FROM x\nRUN --network=lan true\n", "2:1", "'lan' is no network of a RUN"),
        ("FROM x\nRUN\n", "2:1", "RUN needs a command"),
        ("FROM x\nCOPY --from=3 a b\n", "2:6", "there is no stage 3 before this one"),
    ],
)
def test_a_mistake_is_found_before_anything_runs_and_at_its_place(text, place, message, tmp_path):
    (tmp_path / "a.txt").write_text("")
    (tmp_path / "left.log").write_text("")

    with pytest.raises(BadValue) as wrong:
        planned(text, tmp_path, ignore="*.log")

    at = Source("Dockerfile", text).position(wrong.value.offset)
    assert (f"{at.line}:{at.column}", str(wrong.value)) == (place, message)


def test_a_pattern_may_match_nothing(tmp_path):
    assert last("FROM x\nCOPY *.none /d/\n", tmp_path).steps[0].sources == ("*.none",)


def test_a_name_after_from_means_a_given_context_or_a_stage_or_an_image(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "f").write_text("")
    others = {"lib": Origin(directory=str(tmp_path / "lib")), "tools": Origin(image="shop-tools")}
    text = (
        "FROM x AS one\nFROM tools\nCOPY --from=composer:2 /usr/bin/composer /bin/\nCOPY --from=lib f /f\n"
        "RUN --mount=from=one,target=/one --mount=from=tools,target=/tools true\n"
    )
    stages = planned(text, tmp_path, others=others, base=lambda image: Program(origin=image, layers=("base",)))
    composer, lib, run = stages[1].steps

    assert (composer.origin, lib.origin) == (Origin(image="composer:2"), Origin(directory=str(tmp_path / "lib")))
    assert [mount.origin for mount in run.mounts] == [Origin(stage=0), Origin(image="shop-tools")]
    assert (stages[1].layers, stages[1].base) == (("base",), None)


def test_a_source_that_a_given_context_does_not_have_is_found_before_anything_runs(tmp_path):
    (tmp_path / "lib").mkdir()

    with pytest.raises(BadValue, match="'f' is not in the build context"):
        planned("FROM x\nCOPY --from=lib f /f\n", tmp_path, others={"lib": Origin(directory=str(tmp_path / "lib"))})


def test_from_a_given_directory_begins_with_its_files(tmp_path):
    (step,) = last("FROM rootfs\n", tmp_path, others={"rootfs": Origin(directory=str(tmp_path))}).steps

    assert (step.kind, step.sources, step.target, step.origin) == ("copy", ("/",), "/", Origin(directory=str(tmp_path)))


def test_steps_leave_nothing_for_the_reader_to_say(tmp_path):
    os.mkdir(tmp_path / "d")
    stage = last("FROM x\nRUN a\nCOPY d /d\nRUN b\n", tmp_path)

    assert (stage.program.notes, stage.program.files) == ((), ())
