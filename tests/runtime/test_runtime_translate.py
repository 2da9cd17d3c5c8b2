"""Services to specs: what runs, with which words, environment, files and names."""

import json
import os

import pytest

from composekit.runtime.disk import remove_volumes

WEB = """
services:
  web:
    image: alpine
    command: echo hi
"""


@pytest.mark.parametrize(
    ("service", "argv"),
    [
        ("image: python:3\n    command: python app.py", ("python", "app.py")),
        ("image: python:3", ("python3",)),
        ("image: alpine\n    entrypoint: /bin/sh -c\n    command: ['echo $$HOME']", ("/bin/sh", "-c", "echo $HOME")),
        ("image: python:3\n    entrypoint: [env]", ("env",)),
        ("image: alpine\n    command: []\n    entrypoint: [ls, /]", ("ls", "/")),
        ("image: nobody/knows\n    x-composekit: {run: [serve, --port, 80]}", ("serve", "--port", "80")),
        ("image: nobody/knows\n    x-composekit: {run: serve | cat}", ("/bin/sh", "-c", "serve | cat")),
    ],
)
def test_words_are_combined_as_docker_does(translated, service, argv):
    found = translated(f"services:\n  web:\n    {service}\n")

    assert found.specs["web-1"].argv == argv


def test_a_dockerfile_says_what_to_run(translated):
    dockerfile = 'FROM python:3\nWORKDIR /app\nCOPY . .\nENV A=1\nEXPOSE 5000\nENTRYPOINT ["python"]\nCMD ["a.py"]\n'
    found = translated("services:\n  api:\n    build: ./api\n", {"api/Dockerfile": dockerfile, "api/a.py": ""})
    spec = found.specs["api-1"]

    assert spec.argv == ("python", "a.py")
    assert spec.env["A"] == "1"
    assert spec.cwd == os.path.join(found.project.directory, "api")
    assert json.loads(spec.labels["composekit.ports"]) == [
        {"host_ip": "", "published": 0, "target": 5000, "protocol": "tcp"}
    ]


def test_in_a_view_the_copied_files_are_where_the_dockerfile_puts_them(translated):
    files = {"api/Dockerfile": "FROM alpine\nWORKDIR /app\nCOPY . .\nCMD ls\n"}
    found = translated("services:\n  api:\n    build: ./api\n", files, view="overlay")
    spec = found.specs["api-1"]

    assert spec.cwd == "/app"
    assert {"kind": "copy", "sources": [os.path.join(found.project.directory, "api")], "target": "/app"} in spec.view[
        "mounts"
    ]


def test_an_unknown_image_is_an_error_with_the_stanza_to_add(translated):
    found = translated("services:\n  web:\n    image: nobody/knows\n")
    problem = next(iter(found.report))

    assert found.specs == {}
    assert problem.code == "CK902"
    assert "x-composekit" in problem.hint
    assert problem.span.text == "nobody/knows"


def test_a_missing_program_is_an_error_that_says_what_to_install(translated):
    found = translated("services:\n  db:\n    image: nginx\n")

    assert found.codes == ["CK903"]
    assert "nginx" in next(iter(found.report)).hint


@pytest.mark.parametrize(
    ("stanza", "reason"),
    [
        ("{run: {a: 1}}", "'run' must be a command"),
        ("{runs: a}", "unknown key 'runs'"),
        ("{run: a, environment: 5}", "'environment' must be a mapping"),
        ("{run: a, health: 5}", "'health' must be a command"),
        ("[a]", "expected a mapping"),
    ],
)
def test_mistakes_in_the_stanza_are_told(translated, stanza, reason):
    found = translated(f"services:\n  web:\n    image: alpine\n    x-composekit: {stanza}\n")

    assert reason in next(iter(found.report)).message


def test_the_stanza_has_a_directory_and_an_environment_of_its_own(translated):
    found = translated(
        """
        services:
          web:
            image: nobody/knows
            environment: {A: "1", B: "1"}
            x-composekit: {run: [serve], working_dir: ./site, environment: {B: "2", C: true}, health: [check]}
        """,
        {"site/index.html": ""},
    )
    spec = found.specs["web-1"]

    assert spec.cwd == os.path.join(found.project.directory, "site")
    assert {key: spec.env[key] for key in "ABC"} == {"A": "1", "B": "2", "C": "true"}
    assert spec.probe.argv == ("check",)


def test_variables_without_a_value_are_left_out(translated):
    found = translated("services:\n  web:\n    image: alpine\n    environment: [GONE, HERE=1, EMPTY=]\n")

    env = found.specs["web-1"].env
    assert "GONE" not in env
    assert (env["HERE"], env["EMPTY"]) == ("1", "")


def test_without_a_view_names_and_paths_are_rewritten(translated):
    found = translated(
        """
        services:
          web:
            image: alpine
            command: [curl, "http://api:5000/x", --file, /data/a.txt]
            environment:
              DATABASE_URL: postgres://me:secret@db:5432/app
              REDIS_HOST: db
              POSTGRES_USER: db
              HOSTS: "api:1,db:2"
              CONFIG: /data/settings.json
            volumes: ["./files:/data"]
          api: {image: alpine, command: "true"}
          db: {image: alpine, command: "true"}
        """,
        {"files/a.txt": ""},
    )
    spec, files = found.specs["web-1"], os.path.join(found.project.directory, "files")

    assert spec.argv == ("curl", "http://127.64.0.1:5000/x", "--file", f"{files}/a.txt")
    assert spec.env["DATABASE_URL"] == "postgres://me:secret@127.64.0.2:5432/app"
    assert spec.env["REDIS_HOST"] == "127.64.0.2"
    assert spec.env["POSTGRES_USER"] == "db"
    assert spec.env["HOSTS"] == "127.64.0.1:1,127.64.0.2:2"
    assert spec.env["CONFIG"] == f"{files}/settings.json"
    assert spec.env["HOSTNAME"] == "127.64.0.3"


def test_in_a_view_nothing_is_rewritten_and_the_hosts_file_knows_the_names(translated):
    found = translated(
        """
        services:
          web:
            image: alpine
            command: curl http://api:5000
            networks: {default: {aliases: [front]}}
            extra_hosts: ["other:10.0.0.1", "machine:host-gateway"]
          api: {image: alpine, command: "true", deploy: {replicas: 2}}
        """,
        view="overlay",
    )
    spec = found.specs["web-1"]
    hosts = found.result.write[found.home.path("files", "hosts", "shop-web-1")].decode().splitlines()

    assert spec.argv == ("curl", "http://api:5000")
    assert spec.view["mounts"][0]["target"] == "/etc/hosts"
    assert {"127.64.0.3\tlocalhost", "127.64.0.1\tapi", "127.64.0.2\tapi", "127.64.0.2\tshop-api-2"} <= set(hosts)
    assert {"127.64.0.3\tfront", "10.0.0.1\tother", "127.0.0.1\tmachine"} <= set(hosts)


def test_services_without_a_common_network_do_not_know_each_other(translated):
    found = translated(
        """
        services:
          web: {image: alpine, command: a, networks: [front]}
          db: {image: alpine, command: a, networks: [back]}
        networks: {front: {}, back: {}}
        """
    )
    hosts = found.result.write[found.home.path("files", "hosts", "shop-web-1")].decode()

    assert "\tdb" not in hosts


def test_a_link_is_a_name_for_its_own_service_only(translated):
    found = translated(
        """
        services:
          web: {image: alpine, command: a, links: ["db:database"]}
          api: {image: alpine, command: a}
          db: {image: alpine, command: a}
        """
    )

    def hosts(name: str) -> str:
        return found.result.write[found.home.path("files", "hosts", name)].decode()

    assert "\tdatabase" in hosts("shop-web-1")
    assert "\tdatabase" not in hosts("shop-api-1")


def test_a_service_shares_the_network_of_another(translated):
    found = translated(
        """
        services:
          web: {image: alpine, command: a, network_mode: "service:db"}
          db: {image: alpine, command: a}
        """
    )

    assert found.specs["web-1"].env["COMPOSEKIT_ADDRESS"] == found.specs["db-1"].env["COMPOSEKIT_ADDRESS"]
    assert [need.group for need in found.specs["web-1"].needs] == ["db"]


def test_mounts_stand_in_the_order_in_which_they_must_be_made(translated):
    found = translated(
        """
        services:
          web:
            image: alpine
            command: a
            volumes: ["data:/srv/app/data", "./app:/srv/app:ro", {type: tmpfs, target: /cache}]
            tmpfs: ["/scratch:size=1m,mode=700"]
            secrets: [password]
            configs: [{source: settings, target: /etc/app.conf}]
        volumes: {data: {}}
        secrets: {password: {environment: PASSWORD}}
        configs: {settings: {content: "a: 1"}}
        """,
        {"app/x": ""},
        view="overlay",
        PASSWORD="hunter2",
    )
    spec = found.specs["web-1"]
    mounts = [one for one in spec.view["mounts"] if not one["target"].startswith(("/run/composekit", "/etc/hosts"))]

    targets = [one["target"] for one in mounts]
    assert sorted(targets, key=lambda target: target.count("/")) == targets
    assert targets.index("/srv/app") < targets.index("/srv/app/data")
    by_target = {one["target"]: one for one in mounts}
    assert by_target["/srv/app"]["read_only"] is True
    assert by_target["/scratch"]["options"] == ["size=1048576", "mode=700"]
    assert by_target["/srv/app/data"]["source"].endswith("/volumes/shop_data")
    assert found.result.write[by_target["/run/secrets/password"]["source"]] == b"hunter2"
    assert found.result.write[by_target["/etc/app.conf"]["source"]] == b"a: 1"


def test_a_secret_is_not_part_of_what_goes_to_disk(translated):
    found = translated(
        """
        services:
          web: {image: alpine, command: a, environment: {TOKEN: hunter2}}
        """
    )

    assert "hunter2" not in json.dumps(found.specs["web-1"].to_disk())


def test_a_bind_that_may_not_be_made_must_exist(translated):
    found = translated(
        """
        services:
          web:
            image: alpine
            command: a
            volumes: [{type: bind, source: ./gone, target: /x, bind: {create_host_path: false}}]
        """
    )

    assert "CK911" in found.codes


def test_the_docker_socket_is_not_made_up(translated):
    found = translated(
        """
        services:
          web: {image: alpine, command: a, volumes: ["/var/run/docker.sock:/var/run/docker.sock"]}
        """
    )

    assert found.codes in (["CK901"], [])  # [] where this machine has an engine
    assert "/var/run/docker.sock" not in found.result.make


@pytest.mark.parametrize(
    ("keys", "name", "attempts", "delay"),
    [
        ("restart: always", "always", None, None),
        ('restart: "on-failure:3"', "on-failure", 3, None),
        ('restart: "no"', "no", None, None),
        ("deploy: {restart_policy: {condition: on-failure, max_attempts: 2, delay: 3s}}", "on-failure", 2, 3.0),
        ("deploy: {restart_policy: {condition: any}}", "always", None, None),
        ("deploy: {restart_policy: {condition: none}}", "no", None, None),
    ],
)
def test_restart_policies(translated, keys, name, attempts, delay):
    policy = translated(f"{WEB}    {keys}\n").specs["web-1"].restart

    assert (policy.name, policy.max_attempts, policy.delay_seconds) == (name, attempts, delay)


def test_dependencies_become_needs(translated):
    found = translated(
        """
        services:
          web:
            image: alpine
            command: a
            depends_on:
              db: {condition: service_healthy, restart: true}
              job: {condition: service_completed_successfully}
              cache: {condition: service_started, required: false}
          db: {image: alpine, command: a, healthcheck: {test: [CMD, ok], interval: 2s, retries: 7}}
          job: {image: alpine, command: a}
          cache: {image: alpine, command: a}
        """
    )
    needs = {need.group: need for need in found.specs["web-1"].needs}

    assert {name: need.condition for name, need in needs.items()} == {
        "db": "healthy",
        "job": "completed",
        "cache": "started",
    }
    assert needs["db"].restart
    assert not needs["cache"].required
    probe = found.specs["db-1"].probe
    assert (probe.argv, probe.interval_seconds, probe.retries, probe.timeout_seconds) == (("ok",), 2.0, 7, 30)


def test_a_service_scaled_to_nothing_is_not_waited_for(translated):
    found = translated(
        """
        services:
          web: {image: alpine, command: a, depends_on: [db]}
          db: {image: alpine, command: a}
        """,
        scale={"db": 0},
    )

    assert found.specs["web-1"].needs == ()


def test_waiting_for_the_health_of_a_service_without_a_check_is_an_error(translated):
    found = translated(
        """
        services:
          web: {image: alpine, command: a, depends_on: {db: {condition: service_healthy}}}
          db: {image: alpine, command: a}
        """
    )

    assert found.codes == ["CK909"]


def test_a_health_check_of_localhost_asks_the_replica_itself(translated):
    found = translated(
        f"{WEB}    healthcheck: {{test: curl -f http://localhost:80/ || wget 127.0.0.1 || cat xlocalhost}}\n"
    )

    assert found.specs["web-1"].probe.argv == (
        "/bin/sh",
        "-c",
        "curl -f http://127.64.0.1:80/ || wget 127.64.0.1 || cat xlocalhost",
    )


def test_a_disabled_health_check_is_none(translated):
    assert translated(f"{WEB}    healthcheck: {{disable: true}}\n").specs["web-1"].probe is None


def test_what_is_not_emulated_is_said_once_with_its_place(translated):
    found = translated(
        """
        services:
          web:
            image: alpine
            command: a
            privileged: true
            cap_add: [NET_ADMIN]
            deploy: {replicas: 3, resources: {limits: {memory: 1g}}}
        """
    )

    assert [(one.facts["key"], one.span.position.line) for one in found.report.sorted()] == [
        ("privileged", 6),
        ("cap_add", 7),
        ("deploy", 8),
    ]


@pytest.mark.parametrize(("view", "codes"), [("overlay", []), ("skeleton", []), ("none", ["CK901"])])
def test_read_only_is_emulated_by_a_private_view_only(translated, view, codes):
    assert translated(f"{WEB}    read_only: true\n", view=view).codes == codes


def test_a_container_name_and_replicas_do_not_go_together(translated):
    found = translated(f"{WEB}    container_name: only\n", scale={"web": 2})

    assert found.codes == ["CK910"]
    assert found.result.specs[0].name == "only"


@pytest.mark.parametrize("name", ["../../x", "/x", ".hidden", "a b"])
def test_names_that_would_leave_their_folder_are_refused(translated, tmp_path, name):
    volume = f'{WEB}    volumes: ["data:/data"]\nvolumes: {{data: {{name: "{name}"}}}}\n'

    assert translated(volume).codes == ["CK918"]
    (tmp_path / "volumes").mkdir()
    (tmp_path / "x").mkdir()
    assert remove_volumes(str(tmp_path / "volumes" / "a"), [name]) == []


def test_a_container_name_that_is_none_is_refused(translated):
    assert translated(f"{WEB}    container_name: .hidden\n").codes == ["CK918"]


def test_one_service_that_cannot_run_does_not_hinder_the_translation_of_another(translated):
    text = """
    services:
      web: {image: alpine, command: a, depends_on: [db]}
      db: {image: nobody/knows}
    """

    assert list(translated(text, only=["web"]).specs) == ["web-1"]
    assert translated(text, only=["web"]).codes == []
