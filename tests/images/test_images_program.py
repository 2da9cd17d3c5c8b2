import subprocess

from composekit.images.program import Program, shim_script, through_shim


def test_a_shims_name_and_path_are_both_replaced():
    program = Program(origin="test", shims={"nginx": ("{python}", "entry", "nginx")})

    assert through_shim(program, ("nginx", "-t")) == ("{python}", "entry", "nginx", "-t")
    assert through_shim(program, ("/usr/sbin/nginx", "-t")) == ("{python}", "entry", "nginx", "-t")
    assert through_shim(program, ("sh", "nginx")) == ("sh", "nginx")
    assert through_shim(program, ()) == ()


def test_a_shim_script_passes_every_argument_as_it_is(tmp_path):
    script = tmp_path / "shim"
    script.write_text(shim_script(("{python}", "it's [%s]"), python="/usr/bin/printf"))
    script.chmod(0o755)

    shown = subprocess.run([str(script), "a b", "$HOME", "'"], capture_output=True, text=True, check=True).stdout

    assert shown == "it's [a b]it's [$HOME]it's [']"
