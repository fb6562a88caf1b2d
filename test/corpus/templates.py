"""The templates of this folder: what each consists of, and what must become of its pod."""

import copy
import dataclasses
import pathlib

import yaml

FOLDER = pathlib.Path(__file__).parent / "templates"
# What sends a pod to the virtual node; a chart's user writes it into the values.
PLACEMENT = {"type": "virtual-kubelet"}
TOLERATION = {"key": "virtual-kubelet.io/provider", "operator": "Exists"}


@dataclasses.dataclass(frozen=True)
class Template:
    name: str  # FAMILY/NAME, as the path of its file.
    becomes: str
    compared: bool  # Whether the differential test runs it, too.
    objects: tuple  # All but the pod, in the file's order.
    pod: dict

    @property
    def family(self):
        return self.name.split("/")[0]

    def placed_pod(self):
        """The pod with what sends it to the virtual node."""
        pod = copy.deepcopy(self.pod)
        spec = pod["spec"]
        spec["nodeSelector"] = (spec.get("nodeSelector") or {}) | PLACEMENT
        spec["tolerations"] = (spec.get("tolerations") or []) + [TOLERATION]
        return pod


def parse(name, text):
    """Raises ValueError for a file that is no template."""
    notes = [line[2:] for line in text.splitlines() if line.startswith("# ")]
    becomes = [note.removeprefix("becomes: ") for note in notes if note.startswith("becomes: ")]
    if len(becomes) != 1:
        raise ValueError(f"{name}: one line '# becomes: ...' is wanted, there are {len(becomes)}")
    documents = list(yaml.safe_load_all(text))
    pods = [document for document in documents if document["kind"] == "Pod"]
    if len(pods) != 1 or pods[0]["metadata"]["name"] != name.split("/")[1]:
        raise ValueError(f"{name}: one pod of this name is wanted")
    others = tuple(document for document in documents if document["kind"] != "Pod")
    return Template(name, becomes[0], "compared" in notes, others, pods[0])


def load(folder=FOLDER):
    return [parse(f"{path.parent.name}/{path.stem}", path.read_text()) for path in sorted(folder.glob("*/*.yaml"))]


def not_yet():
    """The feature that each template waits for, by the template's name."""
    entries = yaml.safe_load(FOLDER.with_name("not_yet.yaml").read_text()) or []
    return {name: entry["feature"] for entry in entries for name in entry["templates"]}
