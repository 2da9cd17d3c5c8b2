"""A swarm manager in memory, behind the Engine API on a unix socket: enough of both for the commands of `stack`.

What becomes of a service is told by its image: `broken` tasks fail, `missing` is no image, everything else runs.
"""

import json
import re
import socketserver
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlparse

NODE = {"ID": "node1", "Status": {"State": "ready"}, "Description": {"Hostname": "alpha"}, "Spec": {}}
KINDS = ("services", "networks", "secrets", "configs")


class Refusal(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class FakeSwarm:
    def __init__(self):
        self.manager = True
        self.things = {kind: {} for kind in KINDS}
        self.tasks = []
        self.calls = []
        self.digests = {}
        self.logs = {}
        self.refuse = {}
        self.values = {}
        self.count = 0

    # -- what a test looks at

    def names(self, kind):
        return sorted(self.name(kind, one) for one in self.things[kind].values())

    def service(self, name):
        return next(one for one in self.things["services"].values() if one["Spec"]["Name"] == name)

    def changes(self):
        return [(method, path) for method, path in self.calls if method != "GET"]

    # -- requests

    def answer(self, method, path, query, body):
        self.calls.append((method, path))
        if path == "/info":
            state = "active" if self.manager else "inactive"
            swarm = {"ControlAvailable": self.manager, "LocalNodeState": state}
            return {"Swarm": swarm, "SystemTime": self.now()}
        if path == "/nodes":
            return [NODE]
        if path == "/tasks":
            return self.listed_tasks(query)
        kind, _, rest = path.removeprefix("/").partition("/")
        if kind == "distribution":
            return self.distribution(rest.removesuffix("/json"))
        if method == "GET":
            return self.listed(kind, query) if not rest else self.find(kind, rest)
        if method == "DELETE":
            return self.delete(kind, rest)
        return (
            self.create(kind, body)
            if rest == "create"
            else self.update(kind, rest.removesuffix("/update"), query, body)
        )

    def now(self):
        return datetime.now(UTC).isoformat().replace("+00:00", "Z")

    def new_id(self):
        self.count += 1
        return f"id{self.count:023d}"

    def name(self, kind, one):
        return one["Name"] if kind == "networks" else one["Spec"]["Name"]

    def labels(self, kind, one):
        return (one if kind == "networks" else one["Spec"]).get("Labels") or {}

    def listed(self, kind, query):
        wanted = json.loads(query.get("filters", "{}"))
        found = []
        for one in self.things[kind].values():
            pairs = {f"{name}={value}" for name, value in self.labels(kind, one).items()} | set(self.labels(kind, one))
            fits = all(label in pairs for label in wanted.get("label", ()))
            names = wanted.get("name")
            if fits and (not names or any(self.name(kind, one).startswith(name) for name in names)):
                found.append(self.with_status(one) if kind == "services" else one)
        return found

    def with_status(self, service):
        own = [task for task in self.tasks if task["ServiceID"] == service["ID"]]
        running = sum(task["Status"]["State"] == "running" for task in own)
        done = sum(task["Status"]["State"] == "complete" for task in own)
        desired = sum(task["DesiredState"] == "running" for task in own)
        return {**service, "ServiceStatus": {"RunningTasks": running, "DesiredTasks": desired, "CompletedTasks": done}}

    def find(self, kind, identity):
        for one in self.things[kind].values():
            if identity in (one.get("ID"), one.get("Id"), self.name(kind, one)):
                return one
        raise Refusal(404, f"{kind[:-1]} {identity} not found")

    def distribution(self, image):
        if image not in self.digests:
            raise Refusal(500, "no such host")
        return {"Descriptor": {"digest": self.digests[image]}, "Platforms": [{"architecture": "amd64", "os": "linux"}]}

    def create(self, kind, body):
        name = body["Name"]
        if name in self.refuse:
            raise Refusal(*self.refuse[name])
        if name in self.names(kind):
            raise Refusal(409, f"rpc error: code = AlreadyExists desc = name conflicts: {name} already exists")
        identity, now = self.new_id(), self.now()
        made = {"ID": identity, "Spec": body, "Version": {"Index": self.count}, "CreatedAt": now, "UpdatedAt": now}
        if kind == "networks":
            made = {**body, "Id": identity, "Scope": "swarm"}
        if kind == "secrets":
            self.values[identity] = body.get("Data")
            made["Spec"] = {key: value for key, value in body.items() if key != "Data"}
        self.things[kind][identity] = made
        if kind == "services":
            made["Spec"] = self.stored(body)
            self.schedule(made)
        return {"ID": identity, "Id": identity}

    def stored(self, spec):
        """Return a spec as the engine gives it back: ids for names, and some defaults."""
        template = spec["TaskTemplate"]
        ids = {one["Name"]: one["Id"] for one in self.things["networks"].values()}
        networks = [{**one, "Target": ids.get(one["Target"], one["Target"])} for one in template.get("Networks") or ()]
        container = {**template["ContainerSpec"], "Isolation": "default"}
        template = {**template, "ContainerSpec": container, "Networks": networks, "Runtime": "container"}
        return {**spec, "TaskTemplate": template, "EndpointSpec": {"Mode": "vip", **spec.get("EndpointSpec", {})}}

    def update(self, kind, identity, query, body):
        one = self.find(kind, identity)
        if str(one["Version"]["Index"]) != query["version"]:
            raise Refusal(500, "rpc error: code = Unknown desc = update out of sequence")
        if kind == "secrets" and body.pop("Data") != self.values[one["ID"]]:
            raise Refusal(400, "rpc error: code = InvalidArgument desc = only updates to Labels are allowed")
        self.count += 1
        before, one["Spec"], one["Version"] = one["Spec"], body, {"Index": self.count}
        if kind == "services":
            one["Spec"] = self.stored(body)
            self.finish_update(one, before)
        return {"Warnings": []}

    def finish_update(self, service, before):
        self.tasks = [task for task in self.tasks if task["ServiceID"] != service["ID"] or self.fails(task["Spec"])]
        self.schedule(service)
        action = (service["Spec"].get("UpdateConfig") or {}).get("FailureAction", "pause")
        state = "completed"
        if self.fails(service["Spec"]["TaskTemplate"]) and action == "rollback":
            state, service["Spec"] = "rollback_completed", before
            self.schedule(service)
        elif self.fails(service["Spec"]["TaskTemplate"]) and action == "pause":
            state = "paused"
        service["UpdateStatus"] = {"State": state, "StartedAt": self.now(), "Message": f"update {state}"}

    def fails(self, template):
        return template["ContainerSpec"]["Image"].partition(":")[0] in ("broken", "missing")

    def schedule(self, service):
        spec, mode = service["Spec"], service["Spec"]["Mode"]
        image = spec["TaskTemplate"]["ContainerSpec"]["Image"].partition(":")[0]
        job = "ReplicatedJob" in mode or "GlobalJob" in mode
        slots = (mode.get("Replicated") or {}).get("Replicas", 1) if "Replicated" in mode else 1
        state, error, times = ("complete" if job else "running"), "", 1
        if image == "broken":
            state, error, times = "failed", "task: non-zero exit (3)", 3
        elif image == "missing":
            state, error, times = "rejected", f"No such image: {image}:latest", 3
        for slot in range(1, slots + 1):
            for _ in range(times):
                self.add_task(service, 0 if "Global" in mode else slot, state, error)
        if job:
            service["JobStatus"] = {"JobIteration": {"Index": 0}}

    def add_task(self, service, slot, state, error):
        now = self.now()
        wanted = "complete" if state == "complete" else "running" if state == "running" else "shutdown"
        status = {"State": state, "Timestamp": now, **({"Err": error} if error else {})}
        task = {
            "ID": self.new_id(),
            "ServiceID": service["ID"],
            "NodeID": "node1",
            "Spec": service["Spec"]["TaskTemplate"],
        }
        self.tasks.append({**task, "Slot": slot, "Status": status, "DesiredState": wanted, "CreatedAt": now})

    def listed_tasks(self, query):
        wanted = json.loads(query.get("filters", "{}"))
        found = []
        for task in self.tasks:
            service = self.things["services"].get(task["ServiceID"])
            if service is None:
                continue
            labels = {f"{name}={value}" for name, value in service["Spec"]["Labels"].items()}
            named = wanted.get("service", [service["Spec"]["Name"]])
            current = "_up-to-date" not in wanted or task["Spec"] == service["Spec"]["TaskTemplate"]
            fits = all(label in labels for label in wanted.get("label", ()))
            if fits and current and service["Spec"]["Name"] in named:
                found.append(task)
        return found

    def delete(self, kind, identity):
        one = self.find(kind, identity)
        name = self.name(kind, one)
        for service in self.things["services"].values():
            if kind in ("configs", "secrets") and name in json.dumps(service["Spec"]):
                raise Refusal(
                    400, f"{kind[:-1]} '{name}' is in use by the following service: {service['Spec']['Name']}"
                )
        del self.things[kind][one.get("ID") or one["Id"]]

    def log(self, identity):
        frames = b""
        for stream, text in self.logs.get(identity, ()):
            line = f"com.docker.swarm.node.id=node1,com.docker.swarm.task.id={identity} {text}\n".encode()
            frames += bytes([stream, 0, 0, 0]) + len(line).to_bytes(4, "big") + line
        return frames


class _Requests(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    swarm = None

    def address_string(self):
        return "local"

    def log_message(self, *_):
        pass

    def reply(self, status, content, kind="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Api-Version", "1.41")
        self.end_headers()
        self.wfile.write(content)

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        parts = urlparse(self.path)
        path = unquote(re.sub(r"^/v1\.\d+", "", parts.path))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if path == "/_ping":
            self.reply(200, b"OK")
        elif path.endswith("/logs"):
            self.reply(200, self.swarm.log(path.split("/")[2]), "application/octet-stream")
        else:
            try:
                status, answer = 200, self.swarm.answer(self.command, path, query, body)
            except Refusal as refusal:
                status, answer = refusal.status, {"message": str(refusal)}
            self.reply(status, json.dumps(answer).encode() if answer is not None else b"")

    do_GET = do_POST = do_DELETE = serve  # noqa: N815  # the names that http.server calls


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that goes away in the middle is no mistake of a test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Served:
    """A swarm on a socket, until it is closed."""

    def __init__(self, path):
        self.swarm = FakeSwarm()
        self.host = f"unix://{path}"
        handler = type("Requests", (_Requests,), {"swarm": self.swarm})
        self._server = _Server(str(path), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
