import importlib
import json
import os
import shutil

import pytest

from composekit.images import catalogue
from composekit.images.catalogue import RECIPES, find, missing_programs, official_name, read_recipe, split_image
from composekit.images.entry.__main__ import PROGRAMS
from composekit.images.page import catalogue_table

RECIPE_FOLDER = os.path.join(os.path.dirname(catalogue.__file__), "recipes")


@pytest.mark.parametrize("name", sorted(set(RECIPES.values())))
def test_each_recipe_fits_its_schema(name):
    import jsonschema

    with open(os.path.join(RECIPE_FOLDER, "recipe.schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)

    recipe = read_recipe(name)

    jsonschema.validate(recipe, schema)
    for variant in recipe.get("variants", []):
        jsonschema.validate({**recipe, **variant["replace"]}, schema)


@pytest.mark.parametrize("name", sorted(set(RECIPES.values())))
def test_a_recipe_describes_a_server_exactly_when_the_entry_program_wants_that(name):
    recipe = read_recipe(name)

    assert ("server" in recipe) == (recipe.get("entry") == "server")


def test_every_recipe_file_is_in_the_table():
    files = {name.removesuffix(".json") for name in os.listdir(RECIPE_FOLDER)} - {"recipe.schema"}
    assert files == set(RECIPES.values())


@pytest.mark.parametrize("name", sorted(set(RECIPES.values())))
def test_every_entry_that_a_recipe_names_can_be_started(name):
    recipe = read_recipe(name)
    entries = {recipe.get("entry")} | {shim.get("entry") for shim in recipe.get("shims", {}).values()}
    for entry in entries - {None}:
        assert callable(importlib.import_module(f"composekit.images.entry.{PROGRAMS[entry]}").main)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("postgres", "postgres"),
        ("postgres:16-alpine", "postgres"),
        ("library/postgres:16", "postgres"),
        ("docker.io/library/postgres@sha256:0123", "postgres"),
        ("index.docker.io/postgres:9.6", "postgres"),
        ("public.ecr.aws/docker/library/redis:7", "redis"),
        ("arm64v8/alpine", "alpine"),
        ("docker.io/grafana/grafana:11.2.0", "grafana/grafana"),
        ("prom/prometheus", "prom/prometheus"),
        ("eclipse-temurin:21-jre", "eclipse-temurin"),
        ("mcr.microsoft.com/dotnet/aspnet:8.0", "mcr.microsoft.com/dotnet/aspnet"),
        ("ghcr.io/prom/prometheus", None),
        ("library/prom/prometheus", None),
        ("grafana", None),
        ("bitnami/redis", None),
        ("localhost:5000/redis", None),
        ("redis/redisinsight", None),
        ("jwilder/nginx-proxy", None),
        ("ghcr.io/mailcow/nginx:1", None),
        ("library/library/redis", None),
        ("", None),
        ("redis server", None),
    ],
)
def test_an_official_image_is_known_by_all_its_names_and_no_other(image, name, base):
    program = base(image)

    assert (program.origin if program else None) == (f"catalogue: {name}" if name else None)


@pytest.mark.parametrize(
    ("image", "split"),
    [
        ("nginx", ("nginx", "")),
        ("nginx:1.27-alpine", ("nginx", "1.27-alpine")),
        ("localhost:5000/nginx", ("localhost:5000/nginx", "")),
        ("localhost:5000/nginx:1", ("localhost:5000/nginx", "1")),
        ("nginx:1@sha256:ab", ("nginx", "1")),
    ],
)
def test_a_port_is_no_tag_and_a_digest_is_dropped(image, split):
    assert split_image(image) == split


def test_a_repository_with_a_host_is_official_only_on_docker_hub_and_its_mirrors():
    assert official_name("docker.io/nginx") == "nginx"
    assert official_name("quay.io/library/nginx") is None


def test_a_missing_program_is_named_with_its_package(machine):
    program = find("redis:7", *machine())

    assert program.missing.program == "redis-server"
    assert program.missing.package == "redis-server"
    assert "apt-get install redis-server" in program.missing.hint
    assert program.entrypoint[-1] == "redis-server"


def test_the_tags_own_postgres_version_is_preferred(machine):
    which, expand = machine(*(f"/usr/lib/postgresql/{number}/bin/postgres" for number in (9, 13, 15)))

    assert find("postgres:13.4", which, expand).entrypoint[-1] == "/usr/lib/postgresql/13/bin/postgres"
    assert find("postgres:13.4", which, expand).notes == ()
    assert find("postgres", which, expand).entrypoint[-1] == "/usr/lib/postgresql/15/bin/postgres"


def test_another_version_than_the_tags_is_told(machine):
    program = find("postgres:16", *machine("/usr/lib/postgresql/15/bin/postgres"))

    assert program.notes == ("image 'postgres:16' is served by version 15, which is what this machine has",)


def test_postgres_18_keeps_its_data_elsewhere(base):
    assert base("postgres:17").volumes == ("/var/lib/postgresql/data",)
    assert base("postgres:18-alpine").volumes == ("/var/lib/postgresql",)
    assert base("postgres:18-alpine").env == {"PGDATA": "/var/lib/postgresql/18/docker"}


def test_stop_signals_are_those_of_the_images(base):
    signals = {name: base(name).stop_signal for name in ("nginx", "postgres", "redis", "python")}

    assert signals == {"nginx": "SIGQUIT", "postgres": "SIGINT", "redis": None, "python": None}


@pytest.mark.parametrize(
    ("image", "command"),
    [
        ("alpine", ("/bin/sh",)),
        ("busybox", ("sh",)),
        ("debian:12-slim", ("bash",)),
        ("ubuntu:24.04", ("/bin/bash",)),
        ("python:3.12", ("python3",)),
        ("node:22", ("node",)),
        ("nginx", ("nginx", "-g", "daemon off;")),
        ("redis", ("redis-server",)),
        ("postgres", ("postgres",)),
    ],
)
def test_default_commands_are_those_of_the_images(image, command, base):
    assert base(image).command == command


def test_python_is_a_shim_only_where_the_machine_has_no_python(machine):
    without = find("python", *machine("/usr/bin/python3"))
    having = find("python", *machine("/usr/bin/python3", "/usr/local/bin/python"))

    assert without.shims == {"python": ("/usr/bin/python3",)}
    assert having.shims == {}


def test_client_programs_of_the_servers_version_come_before_those_on_path(machine):
    which, expand = machine("/usr/bin/psql", "/usr/lib/postgresql/15/bin/postgres", "/usr/lib/postgresql/15/bin/psql")
    shims = find("postgres", which, expand).shims

    assert shims["psql"][-2:] == ("postgres-client", "/usr/lib/postgresql/15/bin/psql")
    assert "pg_dump" not in shims


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_an_entry_program_is_started_from_its_folder(name):
    program = find(name, shutil.which)
    for words in [program.entrypoint, *program.shims.values()]:
        if words and words[0] == "{python}":
            assert os.path.isfile(os.path.join(words[2], "__main__.py"))
            assert words[3].partition(":")[0] in PROGRAMS


def test_a_tag_chooses_the_variant(machine):
    programs = machine("/usr/bin/php", "/usr/sbin/apache2", "/usr/sbin/php-fpm8.2", "/usr/bin/java")
    commands = {tag: find(f"php:{tag}", *programs).command for tag in ("8.3", "8.3-apache", "8.3-fpm-alpine")}

    assert commands == {
        "8.3": ("php", "-a"),
        "8.3-apache": ("apache2-foreground",),
        "8.3-fpm-alpine": ("php-fpm",),
    }
    assert find("eclipse-temurin:21-jre", *programs).command == ("bash",)


def test_dotnet_8_listens_on_another_port(machine):
    programs = machine("/usr/bin/dotnet")

    assert find("mcr.microsoft.com/dotnet/aspnet:6.0", *programs).env["ASPNETCORE_URLS"] == "http://+:80"
    assert find("mcr.microsoft.com/dotnet/aspnet:8.0", *programs).env["ASPNETCORE_HTTP_PORTS"] == "8080"


def test_a_program_that_stands_in_for_another_is_told(machine):
    program = find("valkey/valkey:8", *machine("/usr/bin/redis-server"))

    assert program.missing is None
    assert program.notes == ("image 'valkey/valkey:8' is served by redis-server, which is what this machine has",)


@pytest.mark.parametrize(
    ("image", "package", "hint"),
    [
        ("memcached", "memcached", "apt-get install memcached"),
        ("mongo", "", "Debian has no package: install it from https://www.mongodb.com/"),
        ("php:8-apache", "apache2-bin libapache2-mod-php", "apt-get install apache2-bin libapache2-mod-php"),
    ],
)
def test_a_missing_program_says_how_to_get_it(image, package, hint, machine):
    missing = find(image, *machine()).missing

    assert missing.package == package
    assert hint in missing.hint


def test_what_is_missing_for_some_images_is_told_once(machine):
    found = missing_programs(
        ["redis", "redis:7", "nobody/knows", "memcached", "alpine"], *machine("/usr/bin/memcached")
    )

    assert [one.program for one in found] == ["redis-server"]


def test_the_page_about_images_has_the_catalogue_as_it_is():
    page = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "images.md")
    with open(page, encoding="utf-8") as file:
        assert catalogue_table() in file.read(), "python -m composekit.images.page prints the new table"
