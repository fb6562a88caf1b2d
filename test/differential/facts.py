"""What is compared: a pod as lines of text, without what differs from node to node by nature."""

import json
import re

EARLIER = " previous log| "
# What the kubelet says of a log that is no longer there.
LOST = ("unable to retrieve container logs", "failed to try resolving symlinks")
OWN_FIELDS = {"name", "state", "lastState", "ready", "started", "restartCount", "image", "imageID", "containerID"}


def of_pod(node, name):
    """All lines that say how the pod did on this node, and what it printed."""
    pod = node.namespace.pod(name)
    lines = [line for _, line in sorted(_status(pod), key=lambda entry: entry[0])]
    if "deletionTimestamp" not in pod["metadata"]:  # A deleted pod's logs may go at any time.
        for container in _containers(pod):
            lines += _logs(node.namespace, name, container)
    forget = _Forgetter(node.words, pod)
    return [forget(line) for line in lines]


def of_events(namespace, name):
    """Types and reasons of the pod's events, those of the scheduler left out."""
    return sorted({f"event {event['type']} {event['reason']}" for event in namespace.events(name)
                   if event["reason"] not in ("Scheduled", "FailedScheduling")})


def without_lost_runs(kubelet, virtual):
    """Both without the earlier runs of containers that the kubelet has removed, or whose logs, which it does as it likes."""
    logs = {line.split(EARLIER)[0] for line in kubelet if any(EARLIER + words in line for words in LOST)}
    known = {line.split()[0] for line in kubelet if line.split()[1:2] == ["lastState"]}
    restarted = {line.split()[0] for line in kubelet if re.fullmatch(r"\S+ restartCount (?!0$).*", line)}
    runs = restarted - known

    def told(line):
        container, _, rest = line.partition(" ")
        if rest.startswith("lastState"):
            return container not in runs
        return not rest.startswith(EARLIER.strip()) or container not in runs | logs

    return [list(filter(told, lines)) for lines in (kubelet, virtual)]


def _status(pod):
    status = pod.get("status", {})
    for field in ("phase", "reason", "message", "qosClass"):
        if field in status:
            yield 0, f"{field} {status[field]}"
    for field in ("podIPs", "hostIPs"):
        yield 1, f"{field} {len(status.get(field, []))}"
    yield 1, "observedGeneration " + _same(status.get("observedGeneration"), pod["metadata"].get("generation"))
    yield 1, "startTime " + ("set" if "startTime" in status else "missing")
    for condition in sorted(status.get("conditions", []), key=lambda entry: entry["type"]):
        # The kubelet's goes False a moment after the end, or never.
        if condition["type"] == "PodReadyToStartContainers" and status.get("phase") in ("Succeeded", "Failed"):
            continue
        text = " ".join(filter(None, (condition.get("reason"), condition.get("message"))))
        yield 2, f"condition {condition['type']} {condition['status']} {text}".rstrip()
    for container in _containers(pod):
        for line in _container(container):
            yield 3, f"{container['name']} {line}"


def _same(value, wanted):
    return "current" if value == wanted else f"{value} of {wanted}"


def _containers(pod):
    status = pod.get("status", {})
    return status.get("initContainerStatuses", []) + status.get("containerStatuses", [])


def _container(container):
    for field in ("state", "lastState"):
        for kind, state in container.get(field, {}).items():
            yield f"{field} " + _state(kind, state)
    for field in ("ready", "started", "image"):
        yield f"{field} {container.get(field)}"
    # Which of its back-offs it is, is chance: the first are short.
    backs_off = container["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff"
    yield "restartCount " + ("of a back-off" if backs_off and container["restartCount"] else str(container["restartCount"]))
    yield "imageID " + (container["imageID"] or "empty")
    yield "containerID " + ("set" if container.get("containerID") else "empty")
    for field in sorted(set(container) - OWN_FIELDS):
        yield f"{field} {json.dumps(container[field], sort_keys=True)}"


def _state(kind, state):
    words = [kind]
    for field in ("reason", "exitCode", "signal", "message"):
        if field in state:
            words.append(f"{field}={state[field]!r}")
    for field in ("startedAt", "finishedAt"):
        if field in state:
            words.append(field)
    return " ".join(words)


def _logs(namespace, pod, container):
    name = container["name"]
    if set(container.get("state", {})) & {"running", "terminated"} or container.get("lastState"):
        for line in namespace.log(pod, name):
            yield f"{name} log| {line}"
    # Once all has ended, the kubelet may have removed the container before.
    if container.get("lastState") and "terminated" not in container["state"]:
        for line in namespace.log(pod, name, previous=True):
            yield f"{name}{EARLIER}{line}"


class _Forgetter:
    """Puts words in the place of names, addresses and ids."""

    def __init__(self, words, pod):
        status = pod.get("status", {})
        self._exact = words | {pod["metadata"]["uid"]: "POD_UID"}
        for field, word in (("podIP", "POD_IP"), ("hostIP", "HOST_IP")):
            if status.get(field):
                self._exact[status[field]] = word
        for volume in pod.get("spec", {}).get("volumes", []):
            if volume["name"].startswith("kube-api-access-"):
                self._exact[volume["name"]] = "kube-api-access-X"
        words = sorted(self._exact, key=len, reverse=True)
        self._pattern = re.compile("|".join(rf"(?<![a-zA-Z0-9.]){re.escape(word)}(?![a-zA-Z0-9])" for word in words))

    def __call__(self, line):
        return self._pattern.sub(lambda match: self._exact[match[0]], line)
