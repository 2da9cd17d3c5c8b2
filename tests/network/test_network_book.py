"""The address book: stable, apart from others, and cleared of projects that are gone."""

import ipaddress
import json
import os
import threading

from composekit.network import book
from composekit.network.book import Book, close_book, open_book


def assign(root, project, names, live=lambda _other: True):
    with open_book(str(root), project, live=live) as (page, new_block):
        page.assign(names, new_block)
        return {name: page.address(name) for name in names}


def test_addresses_are_loopback_but_none_that_the_machine_uses(tmp_path):
    addresses = assign(tmp_path, "shop", [f"shop-web-{n}" for n in range(1, 40)])

    assert len(set(addresses.values())) == 39
    for address in map(ipaddress.ip_address, addresses.values()):
        assert address.is_loopback
        assert not str(address).startswith("127.0.0.")
        assert address.packed[3] not in (0, 255)


def test_a_replica_keeps_its_address(tmp_path):
    first = assign(tmp_path, "shop", ["shop-web-1"])
    again = assign(tmp_path, "shop", ["shop-db-1", "shop-web-1"])

    assert again["shop-web-1"] == first["shop-web-1"]


def test_a_project_has_the_same_addresses_every_time(tmp_path):
    first = assign(tmp_path, "shop", ["shop-web-1"])
    close_book(str(tmp_path), "shop")

    assert assign(tmp_path, "shop", ["shop-web-1"]) == first


def test_another_users_project_of_that_name_has_other_addresses():
    mine, theirs = (book._free_block(f"/home/{name}/.local/state/shop", set()) for name in ("ada", "bob"))
    assert mine != theirs


def test_a_block_that_a_live_project_has_is_passed_over(tmp_path):
    mine = assign(tmp_path, "shop", ["shop-web-1"])["shop-web-1"].rsplit(".", 1)[0]
    close_book(str(tmp_path), "shop")
    (tmp_path / "addresses").mkdir(parents=True)
    (tmp_path / "addresses" / "other.json").write_text(json.dumps({"blocks": [mine], "slots": {}, "ports": {}}))

    assert not assign(tmp_path, "shop", ["shop-web-1"])["shop-web-1"].startswith(f"{mine}.")


def test_the_block_of_a_project_that_is_gone_is_free_again(tmp_path):
    (tmp_path / "addresses").mkdir()
    stale = tmp_path / "addresses" / "other.json"
    stale.write_text(json.dumps({"blocks": ["127.70.0"], "slots": {}, "ports": {}}))
    assign(tmp_path, "shop", ["shop-web-1"], live=lambda _other: False)

    assert not stale.exists()


def test_more_replicas_than_a_block_holds_get_another_block(tmp_path):
    addresses = assign(tmp_path, "shop", [f"shop-web-{n}" for n in range(300)])

    assert len(set(addresses.values())) == 300
    assert len({address.rsplit(".", 1)[0] for address in addresses.values()}) == 2


def test_a_damaged_page_is_begun_anew(tmp_path):
    assign(tmp_path, "shop", ["shop-web-1"])
    (tmp_path / "addresses" / "shop.json").write_text('{"blocks": [')

    assert assign(tmp_path, "shop", ["shop-web-1"])


def test_what_is_forgotten_is_free_for_others():
    book = Book(["127.70.0"], {"a": 3, "b": 4}, {"a/80/tcp//": 5000, "b/80/tcp//": 5001})
    book.forget(["a", "unknown"])

    assert (book.slots, book.ports) == ({"b": 4}, {"b/80/tcp//": 5001})


def test_closing_the_last_page_leaves_nothing(tmp_path):
    assign(tmp_path, "shop", ["shop-web-1"])
    close_book(str(tmp_path), "shop")

    assert list(tmp_path.iterdir()) == []


def test_closing_a_page_leaves_the_others(tmp_path):
    assign(tmp_path, "shop", ["shop-web-1"])
    assign(tmp_path, "other", ["other-web-1"])
    close_book(str(tmp_path), "shop")

    assert (tmp_path / "addresses" / "other.json").exists()


def test_the_last_page_is_not_thrown_away_under_a_new_one(tmp_path):
    with open_book(str(tmp_path), "old", live=lambda _name: True) as (book, new_block):
        book.assign(["old-a-1"], new_block)
    with open_book(str(tmp_path), "new", live=lambda _name: True) as (book, new_block):
        closing = threading.Thread(target=close_book, args=(str(tmp_path), "old"))
        closing.start()
        closing.join(0.2)  # it waits for us
        book.assign(["new-a-1"], new_block)
    closing.join()

    assert sorted(os.listdir(tmp_path / "addresses")) == [".lock", "new.json"]
    close_book(str(tmp_path), "new")
    assert os.listdir(tmp_path) == []
