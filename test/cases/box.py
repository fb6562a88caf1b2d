"""What a case works with: a namespace of its own, and ways to make, change and look at what is in it."""

import base64
import copy
import datetime
import json
import os
import pathlib
import subprocess
import time

import yaml

MANIFESTS = pathlib.Path(__file__).parent / "manifests"
GROUP = "k8s.aliyun.com/eci-instance-id"
SECONDS = 30


class Failure(Exception):
    """What is not as it shall be."""


def on_virtual_node(manifest):
    """The same with its pods sent to the virtual node, where they end soon once they are deleted unless they say otherwise."""
    manifest = copy.deepcopy(manifest)
    if manifest["kind"] in ("Pod", "Job"):
        spec = manifest["spec"] if manifest["kind"] == "Pod" else manifest["spec"]["template"]["spec"]
        spec["nodeSelector"] = spec.get("nodeSelector", {}) | {"type": "virtual-kubelet"}
        spec["tolerations"] = [{"key": "virtual-kubelet.io/provider", "operator": "Exists"}]
        spec.setdefault("terminationGracePeriodSeconds", 2)
    return manifest


class Box:
    def __init__(self, kube, programs, name, labels=None):
        self.kube = kube
        self.namespace = "case-" + name.replace("_", "-")[:50]
        self._name = name
        self._programs = programs
        kube.make_namespace(self.namespace, labels)

    def make(self):
        """The objects of the case's manifest; the last one's name."""
        for manifest in yaml.safe_load_all((MANIFESTS / f"{self._name}.yaml").read_text()):
            self.kube.create(on_virtual_node(manifest), self.namespace)
        return manifest["metadata"]["name"]

    def path(self, resource, group="/api/v1"):
        return f"{group}/namespaces/{self.namespace}/{resource}"

    def pod(self, name):
        return self.kube.pod(self.namespace, name)

    def status(self, name):
        return self.pod(name).get("status", {})

    def container(self, name, container):
        """Its status; {} while there is none."""
        status = self.status(name)
        every = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
        return next((one for one in every if one["name"] == container), {})

    def seconds_running(self, name, container):
        """Since its last start; 0 while it does not run."""
        running = self.container(name, container).get("state", {}).get("running")
        if not running:
            return 0
        return (datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(running["startedAt"])).total_seconds()

    def told(self, name):
        """The pod's events, each as `Type Reason: message`."""
        return [f"{event['type']} {event['reason']}: {event.get('message', '')}" for event in self.kube.events(self.namespace, name)]

    def until(self, what, holds, seconds=SECONDS):
        """Waits until `holds()` is true; what it said last."""
        deadline = time.monotonic() + seconds
        while not (seen := holds()):
            if time.monotonic() >= deadline:
                raise Failure(f"not within {seconds} s: {what}")
            time.sleep(0.1)
        return seen

    def until_phase(self, name, phase, seconds=SECONDS):
        try:
            self.until(f"{name} {phase}", lambda: self.status(name).get("phase") == phase, seconds)
        except Failure as failure:
            raise Failure(f"{failure}; it is {self.status(name).get('phase')}, {'; '.join(self.told(name))}") from None

    def until_told(self, name, *texts, seconds=SECONDS):
        """An event that has all of these texts."""
        return self.until(f"an event of {name} with {' and '.join(texts)}",
                          lambda: next((event for event in self.told(name) if all(text in event for text in texts)), None), seconds)

    def until_gone(self, name, seconds=SECONDS):
        self.until(f"{name} is gone", lambda: self.kube.get(self.path(f"pods/{name}")) is None, seconds)

    def holds_for(self, what, holds, seconds):
        """`holds()` is true all the time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not holds():
                raise Failure(f"no longer so: {what}")
            time.sleep(0.2)

    def expect(self, what, wanted, seen):
        if seen != wanted:
            raise Failure(f"{what}: wanted {wanted!r}, saw {seen!r}")

    def kubectl(self, *arguments):
        """Exit code and what it printed."""
        done = subprocess.run([self._programs["kubectl"], f"--namespace={self.namespace}", *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def cloud(self, action, **parameters):
        """What the cloud answers to a call of somebody else than the agent."""
        command = [self._programs["ecictl"], "eci", action, *(f"{key}={value}" for key, value in parameters.items())]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=os.environ)
        if done.returncode:
            raise Failure(f"{action}: {done.stderr}")
        return json.loads(done.stdout)

    def group(self, name):
        """The pod's container group as the cloud describes it."""
        identity = self.until(f"{name} has a group", lambda: self.pod(name).get("metadata", {}).get("annotations", {}).get(GROUP))
        return self.cloud("DescribeContainerGroups", ContainerGroupIds=json.dumps([identity]))["ContainerGroups"][0]

    @staticmethod
    def files(group, volume):
        """The volume's files as sent to the cloud, by path."""
        found = next(one for one in group["Volumes"] if one["Name"] == volume)
        return {file["Path"]: base64.b64decode(file.get("Content", "")) for file in found["ConfigFileVolumeConfigFileToPaths"]}
