"""What became of a pod, and whether that is what its template says. Pure functions of the pod and its events."""

import dataclasses

GROUP = "k8s.aliyun.com/eci-instance-id"
# Events of a pod that has no container group for a reason of its own.
REFUSALS = ("UnsupportedPodField", "InvalidPod", "CloudLimitExceeded")
NOT_ENFORCED = "PodFieldNotEnforced"
RUNS_WITH_EVENT = "runs with event"


def has_group(pod):
    return GROUP in pod.get("metadata", {}).get("annotations", {})


def runs(pod):
    return has_group(pod) and pod.get("status", {}).get("phase") in ("Running", "Succeeded")


def refusals(events):
    return [event for event in events if event["reason"] in REFUSALS]


def not_enforced(events):
    return [event for event in events if event["reason"] == NOT_ENFORCED]


def reasons_to_wait(pod, events):
    """Every text that tells why a pod waits: of conditions, containers and events."""
    status = pod.get("status", {})
    containers = status.get("initContainerStatuses", []) + status.get("containerStatuses", [])
    told = [container["state"].get("waiting", {}) for container in containers] + status.get("conditions", []) + events
    return [f"{one.get('reason', '')}: {one.get('message', '')}" for one in told]


def shown(pod, events):
    """One line for a person."""
    phase = pod.get("status", {}).get("phase", "not there")
    told = "; ".join(f"{event['type']} {event['reason']}: {event.get('message', '')}" for event in events)
    return f"{phase}{', has a group' if has_group(pod) else ''}; {told or 'no event'}"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """`runs`, `runs with event: TYPE FIELD, ..`, `refused: TEXT, ..` or `waits: TEXT`."""

    kind: str
    texts: tuple = ()
    event_type: str = ""

    @classmethod
    def parse(cls, text):
        """Raises ValueError for what is none of the four."""
        kind, _, rest = text.partition(": ")
        if kind == RUNS_WITH_EVENT:
            event_type, _, rest = rest.partition(" ")
            if event_type not in ("Normal", "Warning"):
                raise ValueError(f"'{text}': the event is Normal or Warning")
        elif kind in ("runs", "refused", "waits"):
            event_type = ""
        else:
            raise ValueError(f"'{text}' is no outcome")
        parts = [rest] if kind == "waits" else rest.split(",")
        texts = tuple(part.strip() for part in parts if part.strip())
        if (kind == "runs") != (not texts):
            raise ValueError(f"'{text}': only 'runs' stands alone")
        return cls(kind, texts, event_type)

    def holds(self, pod, events):
        if self.kind == "runs":
            return runs(pod) and not not_enforced(events)
        if self.kind == RUNS_WITH_EVENT:
            told = not_enforced(events)
            return runs(pod) and len(told) == 1 and told[0]["type"] == self.event_type and self._all_in(told[0].get("message", ""))
        if has_group(pod) or pod.get("status", {}).get("phase") != "Pending":
            return False
        if self.kind == "refused":
            return any(self._all_in(event["message"]) for event in refusals(events))
        return any(self._all_in(text) for text in reasons_to_wait(pod, events))

    def _all_in(self, message):
        return all(text in message for text in self.texts)

    def is_decided(self, pod, events):
        """Whether waiting longer changes nothing any more: it holds, or the opposite does."""
        if self.kind in ("runs", RUNS_WITH_EVENT):
            return runs(pod) or bool(refusals(events))
        return self.holds(pod, events) or has_group(pod)
