"""`composekit stack`, from the command line to a swarm in memory and back to the exit code."""

import json
import shutil
import tempfile
from types import SimpleNamespace

import jsonschema
import pytest
from swarm_engine import Served

from composekit.cli.main import main
from composekit.data import data_file
from composekit.swarm.releases import STATE_LABEL, UNTIL_LABEL

SHOP = """\
name: shop
services:
  web:
    image: nginx
    environment: {PASSWORD: hunter2, LEVEL: info}
    configs: [settings]
    secrets: [token]
    depends_on: {migrate: {condition: service_completed_successfully}, db: {condition: service_healthy}}
    deploy: {replicas: 2, update_config: {monitor: 1ms, failure_action: rollback}}
  db: {image: postgres, deploy: {update_config: {monitor: 1ms}}}
  migrate: {image: migrate, restart: "no"}
  agent: {image: agent, deploy: {mode: global, update_config: {monitor: 1ms}}}
configs: {settings: {content: "colour=blue"}}
secrets: {token: {environment: TOKEN}}
"""
ONE = "name: one\nservices:\n  web: {image: nginx, deploy: {update_config: {monitor: 1ms}}}\n"


@pytest.fixture
def stack(tmp_path, monkeypatch, capsys):
    folder = tempfile.mkdtemp(prefix="ck-")  # a unix socket's path must be short
    served = Served(f"{folder}/s")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", served.host)
    monkeypatch.setenv("DOCKER_CONFIG", folder)
    monkeypatch.setenv("TOKEN", "correct horse")
    for name in ("COMPOSE_FILE", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_TLS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("composekit.cli.deploying.pause", lambda _: None)

    def write(text):
        (tmp_path / "compose.yaml").write_text(text, encoding="utf-8")

    def run(line, text=None):
        if text is not None:
            write(text)
        code = main(["stack", *line.split()])
        told = capsys.readouterr()
        return SimpleNamespace(code=code, out=told.out, err=told.err)

    yield SimpleNamespace(run=run, write=write, swarm=served.swarm, served=served)
    served.close()
    shutil.rmtree(folder)


def created(swarm):
    return [path for method, path in swarm.changes() if method == "POST" and path.endswith("/create")]


def test_a_deploy_makes_everything_and_says_that_it_converged(stack):
    done = stack.run("deploy demo", SHOP)

    assert (done.code, done.out) == (0, "")
    assert done.err.splitlines()[-1] == "stack demo: converged (release 1)"
    assert stack.swarm.names("services") == ["demo_agent", "demo_db", "demo_migrate", "demo_web"]
    assert stack.swarm.names("networks") == ["demo_default"]
    assert [name.partition("-")[0] for name in stack.swarm.names("configs")] == ["demo.release", "demo_settings"]


def test_the_stack_has_the_projects_name_unless_another_is_given(stack):
    assert stack.run("deploy", ONE).code == 0
    assert stack.swarm.names("services") == ["one_web"]


def test_services_are_created_after_those_they_need(stack):
    told = [line.strip() for line in stack.run("deploy demo", SHOP.replace("agent:", "zz:")).err.splitlines()]

    order = [one["Spec"]["Name"] for one in stack.swarm.things["services"].values()]
    assert order == ["demo_db", "demo_migrate", "demo_zz", "demo_web"]
    assert told.index("Service demo_migrate  Converged 1/1: job complete") < told.index("Service demo_web  Creating")


def test_references_to_secrets_and_configs_have_the_swarms_ids(stack):
    stack.run("deploy demo", SHOP)
    container = stack.swarm.service("demo_web")["Spec"]["TaskTemplate"]["ContainerSpec"]

    for kind in ("Secret", "Config"):
        (use,) = container[f"{kind}s"]
        assert stack.swarm.things[f"{kind.lower()}s"][use[f"{kind}ID"]]["Spec"]["Name"] == use[f"{kind}Name"]


def test_deploying_twice_changes_nothing(stack):
    stack.run("deploy demo", SHOP)
    stack.swarm.calls.clear()
    again = stack.run("deploy demo")

    assert again.code == 0
    assert again.err.splitlines()[-1] == "stack demo: nothing to change"
    assert stack.swarm.changes() == []


def test_a_plan_tells_fields_and_hides_the_values_of_variables(stack):
    stack.run("deploy demo", SHOP)
    changed = SHOP.replace("hunter2", "swordfish").replace("replicas: 2", "replicas: 3").replace("nginx", "nginx:2")
    done = stack.run("plan demo", changed)

    assert done.out == (
        "~ service demo_web\n"
        "    Labels.com.docker.stack.image: nginx -> nginx:2\n"
        "    Mode.Replicas: 2 -> 3\n"
        "    TaskTemplate.ContainerSpec.Env.PASSWORD: another value\n"
        "    TaskTemplate.ContainerSpec.Image: nginx:latest -> nginx:2\n"
        "stack demo: 1 to update\n"
    )
    assert done.code == 0
    assert stack.run("plan --exit-code demo").code == 7


def test_a_plan_of_a_new_stack_creates_and_changes_nothing_by_itself(stack):
    done = stack.run("plan --exit-code demo", ONE)

    assert (done.code, done.out) == (
        7,
        "+ network demo_default\n+ service demo_web\nstack demo: 2 to create\n",
    )
    assert stack.swarm.changes() == []


def test_a_plan_tells_what_was_not_done_by_a_deploy(stack):
    stack.run("deploy demo", ONE)
    stack.swarm.service("demo_web")["Spec"]["Mode"]["Replicated"]["Replicas"] = 5
    done = stack.run("plan --format json demo")

    (change,) = [one for one in json.loads(done.out)["changes"] if one["action"] == "update"]
    assert change["drift"] is True
    assert change["fields"] == [{"path": "Mode.Replicas", "before": 5, "after": 1, "drift": True}]


def test_a_plan_as_json_is_what_its_schema_says(stack):
    with open(data_file("schemas", "stack-plan.json"), encoding="utf-8") as file:
        schema = json.load(file)
    plans = [stack.run("plan --format json demo", SHOP).out]
    stack.run("deploy demo", SHOP)
    changed = SHOP.replace("hunter2", "swordfish").replace("  db: {image", "  base: {image").replace("db:", "base:")
    plans += [stack.run(f"{line} --format json demo", changed).out for line in ("plan", "plan --prune")]

    for plan in plans:
        jsonschema.validate(json.loads(plan), schema)
    assert json.loads(plans[2])["summary"] == {"create": 1, "update": 1, "remove": 1}


def test_a_service_that_somebody_removed_is_told_as_such(stack):
    stack.run("deploy demo", ONE)
    stack.swarm.things["services"].clear()

    assert "+ service demo_web  (it was removed since the last deploy)\n" in stack.run("plan demo").out


def test_a_changed_config_is_a_new_one_and_pruning_keeps_those_of_kept_releases(stack):
    stack.run("deploy demo", SHOP)
    stack.run("deploy demo", SHOP.replace("blue", "red"))
    stack.run("deploy --prune --keep 2 demo", SHOP.replace("blue", "green"))

    names = [name for name in stack.swarm.names("configs") if "settings" in name]
    assert len(names) == 2
    assert stack.run("rollback demo").code == 0
    (use,) = stack.swarm.service("demo_web")["Spec"]["TaskTemplate"]["ContainerSpec"]["Configs"]
    assert use["ConfigName"] in names


NAMED = """\
name: one
services:
  web: {image: nginx, configs: [c], secrets: [s], deploy: {update_config: {monitor: 1ms}}}
configs: {c: {name: mine, content: %s}}
secrets: {s: {name: own, environment: TOKEN}}
"""


def test_a_named_config_with_another_content_is_refused_before_anything_is_made(stack):
    stack.run("deploy demo", NAMED % "one")
    stack.swarm.calls.clear()
    done = stack.run("deploy demo", NAMED % "two")

    assert done.code == 1
    assert "error: config 'mine' has another content in the swarm, and a config cannot be changed" in done.err
    assert stack.swarm.changes() == []


def test_a_named_secret_with_another_value_is_refused_before_anything_is_made(stack, monkeypatch):
    stack.run("deploy demo", NAMED % "one")
    assert stack.run("deploy demo").code == 0
    monkeypatch.setenv("TOKEN", "battery staple")
    done = stack.run("deploy demo", NAMED.replace("nginx", "nginx:2") % "one")

    assert done.code == 1
    assert "error: secret 'own' has another value in the swarm, and a secret cannot be changed" in done.err
    assert stack.swarm.service("demo_web")["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"] == "nginx:latest"


def test_pruning_removes_services_and_networks_that_the_file_has_no_more(stack):
    more = ONE + "  old: {image: nginx, networks: [side], deploy: {mode: replicated-job}}\nnetworks: {side: }\n"
    stack.run("deploy demo", more)
    assert stack.run("deploy demo", ONE).code == 0
    assert "demo_old" in stack.swarm.names("services")
    done = stack.run("deploy --prune --keep 1 demo")

    assert done.code == 0
    assert stack.swarm.names("services") == ["demo_web"]
    assert "Service demo_old  Removed" in done.err


def test_a_service_that_fails_ends_the_deploy_with_its_error_and_last_lines(stack):
    text = ONE.replace("nginx", "broken") + "  late: {image: nginx, depends_on: [web]}\n"
    stack.swarm.logs = {f"id{number:023d}": [(1, "starting"), (2, "cannot start")] for number in range(20)}
    done = stack.run("deploy demo", text)

    assert done.code == 1
    assert "error: service 'demo_web' failed: task: non-zero exit (3)\n" in done.err
    assert "    | starting\n    | cannot start\n" in done.err
    assert done.err.splitlines()[-1] == (
        "stack demo: failed (release 1); the swarm has the new demo_web; not touched: demo_late"
    )


def test_an_image_that_no_node_has_is_told(stack):
    done = stack.run("deploy demo", ONE.replace("nginx", "missing"))

    assert done.code == 1
    assert "error: service 'demo_web' failed: No such image: missing:latest" in done.err


def test_a_rollback_by_the_swarm_has_an_exit_code_of_its_own(stack):
    stack.run("deploy demo", SHOP)
    done = stack.run("deploy demo", SHOP.replace("image: nginx", "image: broken"))

    assert done.code == 5
    assert "error: service 'demo_web' was rolled back: task: non-zero exit (3)" in done.err
    assert done.err.splitlines()[-1].endswith("rolled back (release 2); the swarm is back at the earlier demo_web")
    assert "2         rolled back" in stack.run("rollback --list demo").out


def test_a_paused_update_is_a_failure(stack):
    stack.run("deploy demo", ONE)
    done = stack.run("deploy demo", ONE.replace("nginx", "broken"))

    assert done.code == 1
    assert "the update is paused: update paused · task: non-zero exit (3)" in done.err


def test_what_does_not_converge_in_time_has_an_exit_code_of_its_own(stack):
    stack.swarm.schedule = lambda _: None
    done = stack.run("deploy --timeout 0.01 demo", ONE)

    assert done.code == 6
    assert "error: not converged within 0.01 seconds: 'demo_web' has 0/1" in done.err


def test_an_interrupted_deploy_says_what_is_left(stack, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    stack.swarm.schedule = lambda _: None
    monkeypatch.setattr("composekit.cli.deploying.pause", interrupt)
    done = stack.run("deploy demo", ONE + "  late: {image: nginx, depends_on: [web]}\n")

    assert done.code == 130
    assert done.err.splitlines()[-1] == (
        "stack demo: interrupted (release 1); the swarm has the new demo_web; not touched: demo_late"
    )


def test_a_detached_deploy_waits_for_nothing(stack):
    stack.swarm.schedule = lambda _: None
    done = stack.run("deploy --detach demo", SHOP)

    assert done.code == 0
    assert "handed over (release 1)" in done.err
    assert len(stack.swarm.names("services")) == 4


def test_a_service_that_the_manager_refuses_is_told_with_its_reason(stack):
    stack.swarm.refuse["demo_web"] = (400, "rpc error: code = InvalidArgument desc = port '80' is already in use")
    done = stack.run("deploy demo", ONE)

    assert done.code == 1
    assert "error: service 'demo_web' was not created: port '80' is already in use\n" in done.err


def test_of_two_deploys_at_once_one_is_turned_away(stack):
    stack.run("deploy demo", ONE)
    (config,) = stack.swarm.things["configs"].values()
    config["Spec"]["Labels"] |= {STATE_LABEL: "deploying", UNTIL_LABEL: "99999999999"}
    changed = ONE.replace("nginx", "nginx:2")
    done = stack.run("deploy demo", changed)

    assert done.code == 1
    assert "error: another deploy of 'demo' is under way (release 1)" in done.err
    assert stack.run("deploy --force demo").code == 0


def test_a_deploy_whose_time_is_over_blocks_nobody(stack):
    stack.run("deploy demo", ONE)
    (config,) = stack.swarm.things["configs"].values()
    config["Spec"]["Labels"] |= {STATE_LABEL: "deploying", UNTIL_LABEL: "1000"}

    assert stack.run("deploy demo", ONE.replace("nginx", "nginx:2")).code == 0


def test_what_a_swarm_refuses_is_refused_before_anything_is_made(stack):
    done = stack.run("deploy demo", ONE.replace("web:", f"{'w' * 70}:"))

    assert done.code == 1
    assert "warning[CK799]" in done.err
    assert done.err.endswith("error: the swarm would refuse what CK799 is about\n")
    assert stack.swarm.changes() == []


def test_something_external_must_be_there_before_anything_is_made(stack):
    done = stack.run("deploy demo", ONE + "    \nnetworks: {default: {external: true, name: outside}}\n")

    assert done.code == 1
    assert "error: network 'outside' is external, but it is not in the swarm" in done.err
    assert stack.swarm.changes() == []


def test_the_registrys_digest_goes_into_the_spec_and_stays_when_the_registry_is_away(stack):
    stack.swarm.digests["nginx:latest"] = "sha256:" + "a" * 64
    stack.run("deploy demo", ONE)
    template = stack.swarm.service("demo_web")["Spec"]["TaskTemplate"]
    assert template["ContainerSpec"]["Image"] == "nginx:latest@sha256:" + "a" * 64
    assert template["Placement"]["Platforms"] == [{"Architecture": "amd64", "OS": "linux"}]
    stack.swarm.digests.clear()
    again = stack.run("deploy demo")

    assert "no registry told the digest of nginx:latest" in again.err
    assert again.err.splitlines()[-1] == "stack demo: nothing to change"


def test_a_dry_run_prints_the_plan_and_changes_nothing(stack):
    done = stack.run("deploy --dry-run demo", ONE)

    assert (done.code, done.out.splitlines()[-1]) == (0, "stack demo: 2 to create")
    assert stack.swarm.changes() == []


def test_an_engine_that_is_no_manager_is_told(stack):
    stack.swarm.manager = False
    done = stack.run("deploy demo", ONE)

    assert done.code == 4
    assert "is not a swarm manager (swarm is inactive)\n  hint: docker swarm init" in done.err


def test_a_stack_is_removed_with_its_releases(stack):
    stack.run("deploy demo", SHOP)
    stack.run("deploy other", ONE)
    done = stack.run("rm demo")

    assert (done.code, done.out) == (0, "")
    assert [stack.swarm.names(kind) for kind in ("services", "networks", "secrets", "configs")] == [
        ["other_web"],
        ["other_default"],
        [],
        ["other.release-1"],
    ]
    assert stack.run("rm demo").err == "Nothing found in stack: demo\n"


def test_the_tables_are_dockers(stack):
    stack.run("deploy demo", ONE)

    assert stack.run("ls").out == "NAME      SERVICES\ndemo      1\n"
    header, row = stack.run("services demo").out.splitlines()
    assert header == "ID             NAME       MODE         REPLICAS   IMAGE          PORTS"
    assert row[15:] == "demo_web   replicated   1/1        nginx:latest   "
    header, row = stack.run("ps demo").out.splitlines()
    assert header == (
        "ID             NAME         IMAGE          NODE      DESIRED STATE   CURRENT STATE"
        "                    ERROR     PORTS"
    )
    assert row[15:] == (
        "demo_web.1   nginx:latest   alpha     Running         Running less than a second ago             "
    )


def test_rows_as_json_and_by_template(stack):
    stack.run("deploy demo", ONE)

    assert json.loads(stack.run("ls --format json").out) == {"Name": "demo", "Services": "1"}
    assert stack.run("services --format {{.Name}}:{{.Mode}} demo").out == "demo_web:replicated\n"
    assert stack.run("ps --format {{.Name}} --filter desired-state=running demo").out == "demo_web.1\n"
    assert stack.run("services --filter colour=red demo").code == 2


@pytest.mark.parametrize("line", ["ps", "services", "logs", "rollback"])
def test_a_stack_that_is_not_there_is_told(stack, line):
    done = stack.run(f"{line} nope")

    assert (done.code, done.err) == (1, "error: nothing found in stack: nope\n")


def test_logs_have_their_task_before_each_line(stack):
    stack.run("deploy demo", ONE)
    service, (task,) = stack.swarm.service("demo_web"), stack.swarm.tasks
    stack.swarm.logs[service["ID"]] = [(1, "hello"), (2, "oh no")]
    done = stack.run("logs --no-log-prefix demo")

    assert (done.code, done.out, done.err) == (0, "hello\n", "oh no\n")
    assert stack.run("logs demo web").out.endswith("    | hello\n")
    assert stack.run("logs demo nope").code == 1
    assert task["Slot"] == 1


def test_config_prints_the_stack_file(stack):
    done = stack.run("config demo", ONE)

    assert done.code == 0
    assert done.out.startswith('version: "3.13"\nservices:\n  web:\n')
    assert stack.swarm.calls == []


def test_secrets_are_in_nothing_that_is_told_or_kept(stack):
    told = [stack.run(f"{line} demo", SHOP) for line in ("plan", "deploy --dry-run", "deploy", "plan --format json")]
    told += [stack.run("deploy demo", SHOP.replace("image: nginx", "image: broken"))]
    told += [stack.run(f"{line} demo") for line in ("ps", "services", "rollback --list", "config", "rm")]
    text = "".join(one.out + one.err for one in told)

    assert "correct horse" not in text
    assert "hunter2" not in text.replace("PASSWORD: hunter2", "")
