"""Services without a private view: where their data is, what they work in, and what commands beside them are told."""

import json
import os

from composekit.runtime.disk import materialize
from composekit.runtime.plain import Plain, place_of, plain_of
from composekit.runtime.translate import Translation
from composekit.supervise.hooking import as_told
from composekit.supervise.spec import HookSpec, ProcessSpec

NAMES = {"db": "127.1.1.1", "api": "127.1.1.2"}
PATHS = {"/app": "/home/me/src", "/app/data": "/state/data"}


def test_commands_beside_a_service_are_told_what_it_was_told():
    view = {"kind": "none", "plain": Plain(PATHS, NAMES).told()}

    assert plain_of(view).words(["cat", "/app/data/x", "http://api/"]) == ("cat", "/state/data/x", "http://127.1.1.2/")
    assert plain_of(view).value("PATH", "/app") == "/app"
    assert place_of(view, "/app/data/x") == "/state/data/x"
    assert place_of(view, "/elsewhere") == "/elsewhere"
    assert plain_of({"kind": "overlay"}).words(["/app/data/x"]) == ("/app/data/x",)


def test_a_directory_that_is_going_to_be_made_can_be_worked_in():
    missed = []
    plain = Plain({"/data": "/state/volume"}, {}, made=["/state/volume"], spare="/spare", miss=missed.append)

    assert [plain.directory(path) for path in ("/data", "/no/such/place", "/usr")] == [
        "/state/volume",
        "/spare",
        "/usr",
    ]
    assert missed == ["/no/such/place"]


def test_a_directory_of_copied_files_is_made_of_links():
    paths = {"/ck-app/a.py": "/src/a.py", "/ck-app/lib": "/src/lib", "/ck-app/lib/own": "/elsewhere"}
    plain = Plain(paths, {}, spare="/spare", miss=lambda path: 1 / 0)

    assert plain.directory("/ck-app") == "/spare/working"
    assert plain.links == {"/spare/working/a.py": "/src/a.py", "/spare/working/lib": "/src/lib"}


def test_links_are_made_again_but_not_over_what_a_service_put_there(tmp_path):
    where = tmp_path / "working" / "a.py"
    for target in ("/first", "/second", "/second"):
        materialize(Translation(link={str(where): target}))
    assert os.readlink(where) == "/second"
    where.unlink()
    where.mkdir()
    materialize(Translation(link={str(where): "/third"}))

    assert where.is_dir()


def test_a_volume_is_written_to_by_the_name_that_values_were_given(translated):
    files = {"conf/x": "", "host/x": ""}
    text = """
    services:
      web:
        image: redis
        command: [redis-server, --dir, /data]
        volumes: ["data:/data", "./conf:/conf:ro", "./host:/host"]
    volumes: {data: {}}
    """
    found = translated(text, files)
    told = json.loads(found.specs["web-1"].env["COMPOSEKIT_PATHS"])
    volume = told["/data"]

    assert volume.endswith("/volumes/shop_data")
    assert told[volume] == volume
    assert told[told["/host"]] == told["/host"]
    assert told["/conf"] not in told, "what is read-only is never taken for a place to write to"


def test_the_root_of_the_machine_is_no_place_of_a_service(translated):
    found = translated("services:\n  web: {image: redis, volumes: ['/:/machine']}\n")

    assert json.loads(found.specs["web-1"].env["COMPOSEKIT_PATHS"])["/machine"] == "/"
    assert "/" not in json.loads(found.specs["web-1"].env["COMPOSEKIT_PATHS"])


def test_a_privileged_hook_keeps_what_the_view_takes_away():
    spec = ProcessSpec("a-1", "a", 1, ("run",), view={"kind": "overlay", "capabilities": [1]})

    assert as_told(spec, HookSpec(("x",))).view["capabilities"] == [1]
    assert "capabilities" not in as_told(spec, HookSpec(("x",), privileged=True)).view


def test_privileged_hooks_travel_and_are_said_where_nobody_has_rights_to_give(translated):
    text = "services: {web: {image: alpine, command: a, post_start: [{command: b, privileged: true}]}}\n"
    found = translated(text, view="skeleton")
    spec = found.specs["web-1"]

    assert [one.facts["key"] for one in found.report] == ["privileged"]
    assert ProcessSpec.from_json(spec.to_json()).post_start[0].privileged
