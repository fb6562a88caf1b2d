"""Cases: a pod, what it needs, and the steps that take it to where it is looked at. cases/README in ../README.md."""

import copy
import dataclasses

import yaml

IMAGE = "vk.test/busybox:1"
ENDS = ("Succeeded", "Failed")

# What a container prints of what it sees, by the words of its `see`. Of two $ the kubelet makes one.
VIEWS = {
    "env": "tr '\\0' '\\n' </proc/$$$$/environ | sort",
    "ids": "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' /proc/self/status",
    "user": "id -u; id -g",
    "limits": "ulimit -a; for f in memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us cpu/cpu.shares "
              "pids/pids.max; do echo $f $(cat /sys/fs/cgroup/$f); done",
    "mounts": "sed 's/^[^ ]* [^ ]* [^ ]* [^ ]* \\([^ ]* [^ ]*\\) .*- \\([^ ]*\\) .*/\\1 \\2/' /proc/self/mountinfo | sort",
    "hosts": "cat /etc/hosts",
    "resolv": "cat /etc/resolv.conf",
    "hostname": "hostname; cat /etc/hostname",
    "contents": "find -L {0} -type f ! -path '*/..*' | sort | while read -r f; do echo \"$f\"; cat \"$f\"; echo; done",
    "files": "find -L {0} ! -name '..*' ! -path '*/..*' | sort | while read -r f; do stat -L -c '%A %u:%g %n' \"$f\"; "
             "if test -f \"$f\"; then cat \"$f\"; echo; fi; done",
}


def _script(views):
    parts = []
    for view in views:
        word, *arguments = view.split()
        parts.append(f"echo '# {view}'; " + VIEWS[word].replace("{0}", " ".join(arguments)))
    return "; ".join(parts)


def _container(short, name):
    """A container in full: `run` is a script, `see` a list of views."""
    container = {"name": name, "image": IMAGE} | copy.deepcopy(short)
    scripts = [_script(container.pop("see"))] if "see" in container else []
    scripts += [container.pop("run")] if "run" in container else []
    if scripts:
        # Of two streams nobody knows which line came first.
        container["command"] = ["sh", "-c", "; ".join(["exec 2>&1", *scripts])]
    return container


@dataclasses.dataclass
class Case:
    name: str
    spec: dict
    metadata: dict = dataclasses.field(default_factory=dict)
    until: str = "Succeeded"
    then: list = dataclasses.field(default_factory=list)
    refusal: object = None

    def pod(self, placement):
        spec = {"restartPolicy": "Never", "terminationGracePeriodSeconds": 2} | copy.deepcopy(self.spec) | placement
        for field, first in (("containers", "main"), ("initContainers", "init")):
            if field in spec:
                spec[field] = [_container(short, first + (str(i) if i else "")) for i, short in enumerate(spec[field])]
        return {"apiVersion": "v1", "kind": "Pod", "metadata": self.metadata | {"name": self.name}, "spec": spec}

    def steps(self, node):
        if self.refusal and node == "virtual-kubelet":
            return [Refused(self.refusal.fields)]
        steps = [Until(self.until)] + [_step(entry) for entry in self.then]
        if node == "virtual-kubelet" and steps[-1].phase in ENDS:
            steps[-1] = Until("end")  # How it ended is compared; no need to wait for what does not come.
        return steps


class Until:
    """Waits for a phase, the `end`, `Ready`, `unready`, `waiting REASON`, `restarts NUMBER`, `event REASON`, or for the first container's log to
    say something: `says TEXT`."""

    def __init__(self, text):
        self._text = text
        self._verb, _, self._what = text.partition(" ")
        self.phase = self._verb

    def __str__(self):
        return self._text

    def __call__(self, namespace, pod, seconds):
        if self._verb == "says":
            return namespace.wait_for_log(pod, self._what, seconds)
        return namespace.wait(self._holds, pod, seconds)

    def _holds(self, pod, events):
        status = pod.get("status", {})
        containers = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
        if self._verb in ("Ready", "unready"):
            wanted = "True" if self._verb == "Ready" else "False"
            return any(c["type"] == "Ready" and c["status"] == wanted for c in status.get("conditions", []))
        if self._verb == "waiting":
            return any(c["state"].get("waiting", {}).get("reason") == self._what for c in containers)
        if self._verb == "restarts":
            return any(c["restartCount"] >= int(self._what) and "running" in c["state"] for c in containers)
        if self._verb == "event":
            return any(event["reason"] == self._what for event in events)
        if self._verb == "end":
            return status.get("phase") in ENDS
        return status.get("phase") == self._verb


class Refused:
    """Waits for the event that names exactly these fields."""

    def __init__(self, fields):
        self._fields = fields

    def __str__(self):
        return f"refused for {', '.join(self._fields)}"

    def __call__(self, namespace, pod, seconds):
        return namespace.wait(self._holds, pod, seconds)

    def _holds(self, _, events):
        return any(event["reason"] == "UnsupportedPodField" and all(field in event["message"] for field in self._fields)
                   for event in events)


class Step:
    """What is done to the cluster or to the pod."""

    phase = None


class Create(Step):
    def __init__(self, manifest):
        self._manifest = manifest

    def __call__(self, namespace, pod, seconds):
        namespace.create(self._manifest)
        return True


class Delete(Step):
    """Deletes the pod, whose finalizer keeps what became of it."""

    def __call__(self, namespace, pod, seconds):
        namespace.delete(f"/pods/{pod}")
        return True


class Condition(Step):
    """Sets a condition of the pod, as the controller behind a readiness gate does."""

    def __init__(self, kind):
        self._condition = {"type": kind, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}

    def __call__(self, namespace, pod, seconds):
        namespace.patch(f"/pods/{pod}/status", {"status": {"conditions": [self._condition]}})
        return True


STEPS = {"until": Until, "create": Create, "delete": lambda _: Delete(), "condition": Condition}


def _step(entry):
    ((verb, argument),) = entry.items()
    return STEPS[verb](argument)


# What belongs to the program of a template's image, which a case does not run, or to the machine that it would need.
OF_THE_PROGRAM = ("command", "args", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "imagePullPolicy", "stdin", "tty")
OF_THE_CLUSTER = ("affinity", "topologySpreadConstraints", "nodeSelector", "tolerations", "imagePullSecrets")
FILES = {"configMap", "secret", "projected", "downwardAPI"}


def case_of(template):
    """A pod template of test/corpus as a case: its containers print who they are, their variables, and the files that they can read."""
    spec = {field: value for field, value in copy.deepcopy(template.pod["spec"]).items() if field not in OF_THE_CLUSTER}
    spec |= {"restartPolicy": "Never", "terminationGracePeriodSeconds": 2}
    with_files = {volume["name"] for volume in spec.get("volumes") or () if volume.keys() & FILES}
    for container in (spec.get("initContainers") or []) + spec["containers"]:
        for field in OF_THE_PROGRAM:
            container.pop(field, None)
        mounts = [mount["mountPath"] for mount in container.get("volumeMounts") or () if mount["name"] in with_files]
        container |= {"image": IMAGE, "see": ["user", "env"] + [f"contents {path}" for path in mounts]}
        if container.get("resources"):
            # The sum of all cases is more than the ordinary node has.
            container["resources"]["requests"] = {"cpu": "1m", "memory": "1Mi"}
    metadata = {field: value for field, value in template.pod["metadata"].items() if field in ("labels", "annotations")}
    return Case(name="corpus-" + template.name.split("/")[1], spec=spec, metadata=metadata)


def load_cases(folder, rules, templates=()):
    cases = [case_of(template) for template in templates]
    for path in sorted(folder.glob("*.yaml")):
        for entry in yaml.safe_load(path.read_text()):
            cases.append(Case(name=entry.pop("case"), **entry))
    for case in cases:
        case.refusal = rules.refusal_of(case.name)
    names = [case.name for case in cases]
    assert len(names) == len(set(names)), "two cases have one name"
    return cases
