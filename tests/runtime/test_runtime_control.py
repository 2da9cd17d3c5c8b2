"""What clients hear of a request: also news that had not arrived when it was answered."""

from composekit.runtime.control import _Asking, _Watcher
from composekit.supervise.client import Changed, Removed, Snapshot
from composekit.supervise.status import ReplicaStatus


def replica(name: str, phase: str) -> ReplicaStatus:
    return ReplicaStatus(name, name, 1, phase)


def test_what_is_gone_in_the_end_was_removed_and_what_is_left_is_told_as_it_is():
    heard = []
    watcher = _Watcher(heard.append)
    watcher.take(Snapshot([replica("a", "stopping"), replica("b", "stopping"), replica("c", "running")], [], 0))
    watcher.take(Removed("a"))
    asking = _Asking(lambda _client: "answer", None, lambda _statuses: True, None)
    asking._answers.append("answer")
    asking._final = [replica("c", "exited")]

    assert asking.end(watcher) == "answer"
    assert heard[1:] == [Removed("a"), Removed("b"), Changed(replica("c", "exited"))]
