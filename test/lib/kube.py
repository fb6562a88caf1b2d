"""A cluster as tests ask for it: makes objects, and shows pods and events as watches saw them last.

All through the address of a `kubectl proxy`. Threads: any; the watches have threads of their own.
"""

import json
import threading
import time
import urllib.error
import urllib.request

# Where objects of each kind are made; {} is the namespace.
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "Pod": "/api/v1/namespaces/{}/pods",
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Secret": "/api/v1/namespaces/{}/secrets",
    "Service": "/api/v1/namespaces/{}/services",
    "ServiceAccount": "/api/v1/namespaces/{}/serviceaccounts",
    "PersistentVolume": "/api/v1/persistentvolumes",
    "PersistentVolumeClaim": "/api/v1/namespaces/{}/persistentvolumeclaims",
    "PriorityClass": "/apis/scheduling.k8s.io/v1/priorityclasses",
    "RuntimeClass": "/apis/node.k8s.io/v1/runtimeclasses",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
    "ResourceClaim": "/apis/resource.k8s.io/v1/namespaces/{}/resourceclaims",
}


class Refused(Exception):
    """The API server's own words about an object that it does not take."""


class Kube:
    def __init__(self, server):
        self._server = server
        self._changed = threading.Condition()  # Its lock may be taken twice by one thread.
        self._pods = {}
        self._events = {}
        threading.Thread(target=self._watch, args=("pods", self._pods), daemon=True).start()
        threading.Thread(target=self._watch, args=("events", self._events), daemon=True).start()

    def _watch(self, resource, objects):
        while True:
            try:
                with urllib.request.urlopen(f"{self._server}/api/v1/{resource}?watch=1") as stream:
                    for line in stream:
                        self._take(json.loads(line), objects)
            except OSError:
                time.sleep(0.2)

    def _take(self, change, objects):
        if change["type"] not in ("ADDED", "MODIFIED"):
            return
        metadata = change["object"]["metadata"]
        with self._changed:
            objects[metadata["namespace"], metadata["name"]] = change["object"]
            self._changed.notify_all()

    def create(self, manifest, namespace=""):
        """The object as made. Unknown fields are refused, too."""
        return self._ask("POST", PATHS[manifest["kind"]].format(namespace) + "?fieldValidation=Strict", manifest)

    def patch(self, path, change):
        return self._ask("PATCH", path, change, "application/strategic-merge-patch+json")

    def delete(self, path, **options):
        """Options are those of the API: gracePeriodSeconds and others."""
        return self._ask("DELETE", path, {"apiVersion": "v1", "kind": "DeleteOptions"} | options)

    def get(self, path):
        """The object as it is now, or nothing."""
        try:
            return self._ask("GET", path)
        except Refused:
            return None

    def _ask(self, method, path, body=None, content_type="application/json"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._server + path, data, {"Content-Type": content_type}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise Refused(self._message(error)) from None

    @staticmethod
    def _message(error):
        body = error.read().decode(errors="replace")
        try:
            return json.loads(body).get("message", body)
        except ValueError:
            return body

    def make_namespace(self, name, labels=None, seconds=60):
        """With what pods need of it: before the controllers have made that, they are refused or wait for it."""
        self.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}})
        deadline = time.monotonic() + seconds
        base = f"/api/v1/namespaces/{name}"
        while not (self.get(f"{base}/serviceaccounts/default") and self.get(f"{base}/configmaps/kube-root-ca.crt")):
            if time.monotonic() >= deadline:
                raise TimeoutError(f"namespace {name} has no ServiceAccount after {seconds} s")
            time.sleep(0.1)

    def pod(self, namespace, name):
        """As seen last, also when it is gone; {} before it was seen."""
        return self._pods.get((namespace, name), {})

    def events(self, namespace, pod):
        """Those of the pod, in no order."""
        with self._changed:
            return [event for (at, _), event in self._events.items()
                    if at == namespace and event["involvedObject"].get("name") == pod]

    def wait(self, condition, namespace, pod, deadline):
        """Whether `condition(pod, events)` came true before `deadline`, a time of time.monotonic()."""
        with self._changed:
            while not condition(self.pod(namespace, pod), self.events(namespace, pod)):
                if time.monotonic() >= deadline:
                    return False
                self._changed.wait(max(0.05, deadline - time.monotonic()))
        return True
