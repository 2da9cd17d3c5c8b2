"""Pure plans: which services `up` is about, what goes away, what `down` removes."""

import pytest

from composekit.errors import ComposekitError
from composekit.runtime.down import plan_down, to_remove, to_stop
from composekit.runtime.replicas import wanted_replicas
from composekit.runtime.up import going_away, selected_services
from composekit.source.diagnostic import Report
from composekit.supervise.status import ReplicaStatus

SHOP = """
services:
  web: {image: alpine, command: a, depends_on: [api]}
  api: {image: alpine, command: a, depends_on: [db], volumes: ["cache:/c", "shared:/s"]}
  db: {image: alpine, command: a, volumes: ["data:/d", "shared:/s"]}
  side: {image: alpine, command: a, network_mode: "service:db"}
volumes:
  data: {}
  cache: {}
  shared: {}
  theirs: {external: true}
"""


def status(name: str, phase: str = "running", **labels: str) -> ReplicaStatus:
    _, group, index = name.rsplit("-", 2)
    return ReplicaStatus(name, group, int(index), phase, labels={f"composekit.{k}": v for k, v in labels.items()})


ALL = [status("shop-web-1"), status("shop-api-1"), status("shop-db-1"), status("shop-old-1")]


def test_a_service_comes_with_all_it_needs(project):
    assert selected_services(project(SHOP), ["web"]) == ["web", "api", "db"]
    assert selected_services(project(SHOP), ["side"]) == ["db", "side"]


def test_no_deps_leaves_out_what_it_needs(project):
    assert selected_services(project(SHOP), ["web"], with_dependencies=False) == ["web"]


def test_an_unknown_service_is_refused(project):
    with pytest.raises(ComposekitError, match="no such service: nope"):
        selected_services(project(SHOP), ["nope"])


def test_scaling_down_removes_the_highest_numbers(project):
    shop = project(SHOP)
    replicas = wanted_replicas(shop, Report(), {"web": 1})
    there = [status("shop-web-1"), status("shop-web-2"), status("shop-web-3"), status("shop-db-1")]

    assert going_away(shop, replicas, there, ["web"]) == (["shop-web-2", "shop-web-3"], [])


def test_a_service_that_the_file_has_no_more_is_an_orphan(project):
    shop = project(SHOP)
    replicas = wanted_replicas(shop, Report())

    assert going_away(shop, replicas, ALL, list(shop.services)) == ([], ["shop-old-1"])
    assert going_away(shop, replicas, ALL, list(shop.services), hidden=["old"]) == ([], [])


def test_a_global_service_has_one_replica_here(project):
    text = "services: {web: {image: alpine, command: a, deploy: {mode: global}}}"

    assert [one.name for one in wanted_replicas(project(text), Report())] == ["shop-web-1"]


def test_down_leaves_orphans_and_says_so_by_not_removing_everything(project):
    plan = plan_down(project(SHOP), ALL)

    assert plan.remove == ("shop-web-1", "shop-api-1", "shop-db-1")
    assert not plan.everything


def test_down_with_remove_orphans_removes_everything(project):
    assert plan_down(project(SHOP), ALL, remove_orphans=True).everything


def test_down_without_a_file_removes_all_there_is():
    plan = plan_down(None, ALL, with_volumes=False)

    assert (len(plan.remove), plan.everything) == (4, True)


def test_down_with_volumes_deletes_the_declared_ones_but_not_the_external(project):
    assert plan_down(project(SHOP), ALL, with_volumes=True).volumes == ("shop_cache", "shop_data", "shop_shared")


def test_down_ends_networks_that_nobody_is_in_any_more(project):
    web, db = (
        status("shop-web-1", **{"networks-made": "shop_front,shop_back"}),
        status("shop-db-1", **{"networks-made": "shop_back"}),
    )

    assert plan_down(project(SHOP), [web, db]).networks == ("shop_front", "shop_back")
    assert plan_down(project(SHOP), [web, db], services=["web"]).networks == ("shop_front",)
    assert plan_down(project(SHOP), [web, db], services=["db"]).networks == ()


def test_down_of_one_service_deletes_only_volumes_that_no_other_uses(project):
    plan = plan_down(project(SHOP), ALL, services=["db"], with_volumes=True)

    assert plan.remove == ("shop-db-1",)
    assert plan.volumes == ("shop_data",)


def test_down_without_a_file_deletes_the_volumes_in_use():
    there = [status("shop-db-1", volumes="shop_data,shop_x"), status("shop-web-1", volumes="")]

    assert plan_down(None, there, with_volumes=True).volumes == ("shop_data", "shop_x")


def test_stop_is_for_what_runs_or_is_about_to_and_rm_for_the_rest():
    there = [status("a-b-1", "waiting"), status("a-b-2", "exited"), status("a-b-3", "backoff"), status("a-b-4")]

    assert to_stop(there) == ["a-b-1", "a-b-3", "a-b-4"]
    assert to_remove(there, stopped=False) == ["a-b-2"]
    assert len(to_remove(there, stopped=True)) == 4
