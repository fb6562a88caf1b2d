"""One namespace of a cluster: its objects as watches show them, and what a test asks of it."""

import json
import threading
import time
import urllib.error
import urllib.request


class Namespace:
    """Pods and events by watch; `server` is the address of a `kubectl proxy`."""

    def __init__(self, server, name):
        self.name = name
        self._url = f"{server}/api/v1/namespaces/{name}"
        self._changed = threading.Condition()
        self._objects = {"pods": {}, "events": {}}
        for resource in self._objects:
            threading.Thread(target=self._watch, args=(resource,), daemon=True).start()

    def _open(self, method, path, body=None, content_type="application/json"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, {"Content-Type": content_type}, method=method)
        return urllib.request.urlopen(request, timeout=30)

    def _watch(self, resource):
        url = f"{self._url}/{resource}?watch=1"
        while True:
            try:
                with urllib.request.urlopen(url) as stream:
                    for line in stream:
                        self._take(resource, json.loads(line))
            except OSError:
                time.sleep(0.2)

    def _take(self, resource, change):
        if change["type"] not in ("ADDED", "MODIFIED"):
            return
        found = change["object"]
        with self._changed:
            self._objects[resource][found["metadata"]["name"]] = found
            self._changed.notify_all()

    def wait(self, condition, pod, seconds):
        """Whether `condition(pod object, its events)` comes true within `seconds`."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not condition(self.pod(pod), self.events(pod)):
                if not self._changed.wait(max(0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                    return False
        return True

    def pod(self, name):
        return self._objects["pods"].get(name, {})

    def events(self, pod):
        return [event for event in list(self._objects["events"].values()) if event["involvedObject"].get("name") == pod]

    def create(self, manifest):
        resource = manifest["kind"].lower() + "s"
        with self._open("POST", "/" + resource, manifest) as reply:
            return json.load(reply)

    def patch(self, path, change):
        self._open("PATCH", path, change, "application/strategic-merge-patch+json").close()

    def delete(self, path):
        self._open("DELETE", path).close()

    def log(self, pod, container, previous=False):
        """The log's lines, or the one line that says why there is none."""
        query = f"?container={container}" + ("&previous=true" if previous else "")
        try:
            with self._open("GET", f"/pods/{pod}/log{query}") as reply:
                return reply.read().decode(errors="replace").splitlines()
        except urllib.error.HTTPError as error:
            return ["no log: " + json.load(error).get("message", str(error))]

    def wait_for_log(self, pod, text, seconds):
        """Whether the first container prints `text` within `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            spec = self.pod(pod).get("spec")
            if spec and any(text in line for line in self.log(pod, spec["containers"][0]["name"])):
                return True
            time.sleep(0.3)
        return False
