"""The cases: what people saw on virtual nodes, and how it is right. Each function is one, and its manifest has its name."""

import base64
import time

from box import Failure

CASES = []
# Change the node for all pods of it: run when the others are over.
ALONE = []
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


def case(function):
    CASES.append(function)
    return function


def alone(function):
    ALONE.append(function)
    return function


def ended_by_deadline(box, name):
    return box.status(name).get("phase") == "Failed" and box.status(name).get("reason") == "DeadlineExceeded"


@case
def deadline_of_a_pod_that_never_starts(box):
    """A build whose Secret is missing hangs for ever, though it has a deadline. A kubelet counts from when it took the pod."""
    name = box.make()
    box.until("it ends at its deadline", lambda: ended_by_deadline(box, name))
    box.kube.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "credentials-that-nobody-makes"}}, box.namespace)
    box.holds_for("it stays ended, without a group", lambda: ended_by_deadline(box, name) and
                  "k8s.aliyun.com/eci-instance-id" not in box.pod(name)["metadata"].get("annotations", {}), 3)


@case
def deadline_set_on_a_running_pod(box):
    """A workflow controller ends a pod by giving it a deadline, and reads its log and exit code afterwards."""
    name = box.make()
    box.until_phase(name, "Running")
    box.kube.patch(box.path(f"pods/{name}"), {"spec": {"activeDeadlineSeconds": 2}})
    box.until("it ends at the deadline that it was given", lambda: ended_by_deadline(box, name))
    box.until("its container has ended with a code", lambda: box.container(name, "main")["state"].get("terminated", {}).get("exitCode"))
    box.expect("its log", (0, "got this far\n"), box.kubectl("logs", name))


@case
def deadline_lowered_on_a_running_pod(box):
    """The same for a deadline that is there and becomes shorter."""
    name = box.make()
    box.until_phase(name, "Running")
    box.kube.patch(box.path(f"pods/{name}"), {"spec": {"activeDeadlineSeconds": 1}})
    box.until("it ends at the lower deadline", lambda: ended_by_deadline(box, name))


@case
def image_replaced_in_a_running_pod(box):
    """An in-place update changes the image of a container: that one starts again from it, the other does not, the address stays."""
    name = box.make()
    box.until_phase(name, "Running")
    address = box.status(name)["podIP"]
    box.kube.patch(box.path(f"pods/{name}"), {"spec": {"containers": [{"name": "server", "image": "example/server:2"}]}})
    box.until("it runs the new image", lambda: "running" in box.container(name, "server").get("state", {}) and
              box.container(name, "server")["image"].endswith("example/server:2"))
    box.expect("restarts of the changed container", 1, box.container(name, "server")["restartCount"])
    box.expect("restarts of the other", 0, box.container(name, "beside")["restartCount"])
    box.expect("the address", address, box.status(name)["podIP"])


@case
def variable_with_a_dot(box):
    """The cloud has no such variables. The pod is not run without, and the event tells a way around."""
    name = box.make()
    box.until_told(name, "Warning", "spec.containers[0].env[1]", "discovery.type", "env ")
    box.expect("phase", "Pending", box.status(name).get("phase"))


@case
def address_in_arguments(box):
    """Clustered programs take the pod's own address as an argument. A shell can be given it; other programs are not run without."""
    box.make()
    box.until_phase("of-a-shell", "Running")
    box.until_told("of-a-program", "Warning", "spec.containers[0].args[0]")
    box.expect("the shell's argument", ["exec server --advertise=${POD_IP}:7000"], box.group("of-a-shell")["Containers"][0]["Args"])


@case
def pod_in_a_restricted_namespace(box):
    """A namespace that enforces the restricted standard takes no pod but those that drop all capabilities."""
    name = box.make()
    box.until_phase(name, "Succeeded")
    told = box.until_told(name, "PodFieldNotEnforced", "allowPrivilegeEscalation", "capabilities.drop")
    box.expect("events about it", [told], [event for event in box.told(name) if "PodFieldNotEnforced" in event])


pod_in_a_restricted_namespace.labels = RESTRICTED


@case
def setting_corrected_while_the_container_crashes(box):
    """A ConfigMap's wrong value makes a container crash; once it is corrected, the next start has it."""
    name = box.make()
    box.until("it crashes", lambda: box.container(name, "server").get("restartCount", 0) >= 1)
    box.kube.patch(box.path("configmaps/settings"), {"data": {"FAKE_ECI_RUN_SECONDS": "1000", "FAKE_ECI_EXIT_CODE": "0"}})
    # Each start with the wrong value lasts half a second.
    box.until("it runs on", lambda: box.seconds_running(name, "server") > 5, 60)


@case
def second_deletion_with_a_shorter_grace(box):
    """A deletion with five minutes' grace is hurried by a second one."""
    name = box.make()
    box.until_phase(name, "Running")
    box.kube.delete(box.path(f"pods/{name}"))
    box.until("it is ending", lambda: box.pod(name)["metadata"].get("deletionGracePeriodSeconds") == 300)
    time.sleep(2)
    box.kube.delete(box.path(f"pods/{name}"), gracePeriodSeconds=1)
    box.until_gone(name)


@case
def deletion_with_a_longer_grace(box):
    """`kubectl delete --grace-period=60` of a pod that has a second by itself: its program gets the time that it needs."""
    name = box.make()
    box.until_phase(name, "Running")
    box.kube.delete(box.path(f"pods/{name}"), gracePeriodSeconds=60)
    begin = time.monotonic()
    box.until_gone(name, 50)
    if time.monotonic() - begin < 6:
        raise Failure(f"its program had {time.monotonic() - begin:.1f} s of the 8 that it takes to end")


@case
def shared_memory_of_a_size(box):
    """An emptyDir in memory at /dev/shm takes the place of the runtime's own."""
    name = box.make()
    box.until_phase(name, "Running")
    group = box.group(name)
    volume = next(one for one in group["Volumes"] if one["Name"] == "shm")
    box.expect("medium and size", ("Memory", "512Mi"), (volume["EmptyDirVolumeMedium"], volume["EmptyDirVolumeSizeLimit"]))
    mounts = [one["MountPath"] for one in group["Containers"][0]["VolumeMounts"] if one["Name"] == "shm"]
    box.expect("where it is mounted", ["/dev/shm"], mounts)


@case
def name_as_long_as_names_may_be(box):
    """Names with dots and of up to 253 characters, which the cloud does not have: the pod runs, has a log, and goes."""
    name = box.make()
    box.expect("length of the name", True, len(name) > 200 and "." in name)
    box.until_phase(name, "Succeeded")
    box.expect("its log", (0, "settled\n"), box.kubectl("logs", name))
    box.kube.delete(box.path(f"pods/{name}"))
    box.until_gone(name)


@case
def restarts_that_a_job_counts(box):
    """A Job of restartPolicy OnFailure counts the restarts that the node reports, and gives up."""
    name = box.make()

    def gave_up():
        job = box.kube.get(box.path(f"jobs/{name}", "/apis/batch/v1"))
        return any(one["type"] == "Failed" and one["reason"] == "BackoffLimitExceeded" for one in job["status"].get("conditions", []))

    box.until("the Job gives up", gave_up, 60)
    box.until("its pod is deleted", lambda: not box.kube.get(box.path("pods"))["items"])


@case
def selector_of_an_old_manifest(box):
    """Manifests for virtual nodes select the labels that nodes had before beta.kubernetes.io went."""
    box.until_phase(box.make(), "Running")


@case
def debugging_container(box):
    """`kubectl debug` adds a container that this node cannot start: it is told, not waited for."""
    name = box.make()
    box.until_phase(name, "Running")
    code, printed = box.kubectl("debug", f"pod/{name}", "--image=example/toolbox:1", "--container=debugger", "--profile=general", "--", "sleep", "9")
    box.expect("kubectl debug", 0, code if code == 0 else printed)
    box.until("a status or an event says what becomes of it", lambda: box.status(name).get("ephemeralContainerStatuses", [{}])[0].get("state") or
              any("debugger" in event or "phemeral" in event for event in box.told(name)))


@case
def options_of_logs(box):
    """Each option of `kubectl logs`."""
    name = box.make()
    box.until("it has printed", lambda: box.container(name, "main").get("state", {}).get("running") and "gamma" in box.kubectl("logs", name, "-c", "main")[1])
    for options, printed in (
            (["-c", "main"], "alpha\nbeta\ngamma\n"), (["-c", "main", "--tail=2"], "beta\ngamma\n"), (["-c", "main", "--tail=0"], ""),
            (["-c", "main", "--limit-bytes=7"], "alpha\nb"), (["-c", "main", "--since=1h"], "alpha\nbeta\ngamma\n"), (["-c", "before"], "made ready\n")):
        box.expect(f"kubectl logs {' '.join(options)}", (0, printed), box.kubectl("logs", name, *options))
    for options, text in ((["--all-containers", "--prefix", "--tail=1"], f"[pod/{name}/beside] aside"),
                          (["-c", "main", "--previous"], f"previous terminated container \"main\" in pod \"{name}\" not found"),
                          (["-c", "main", "--tail=1", "--timestamps"], "Z gamma")):
        printed = box.kubectl("logs", name, *options)[1]
        box.expect(f"kubectl logs {' '.join(options)} says {text}", True, text in printed)
    box.expect("kubectl logs --follow until the container ends", (0, "alpha\nbeta\ngamma\n"), box.kubectl("logs", name, "-c", "main", "--follow"))
    box.until_phase(name, "Succeeded")
    box.expect("kubectl logs --since=2s afterwards", (0, ""), box.kubectl("logs", name, "-c", "main", "--since=2s"))


@case
def pending_pod_is_deleted(box):
    """A pod that never started has nothing to end: it goes at once, whatever its grace."""
    name = box.make()
    box.until_told(name, "keys-that-nobody-makes")
    box.kube.delete(box.path(f"pods/{name}"))
    box.until_gone(name, 15)


@case
def probe_with_headers(box):
    """A server that answers only to its own Host. The cloud's probes have no headers: the port is probed, and the event says so."""
    name = box.make()
    box.until_phase(name, "Running")
    box.until_told(name, "Warning PodFieldNotEnforced", "spec.containers[0].readinessProbe.httpGet.httpHeaders")
    box.until("it becomes ready", lambda: box.container(name, "main").get("ready"))


@case
def odd_files(box):
    """Files of ConfigMaps and Secrets arrive with exactly their bytes, whatever these and their names are; one volume inside another."""
    texts = {".hidden": "x", "_SUCCESS": "", "Mixed-Case_1.TXT": "a\r\n\ttwo", "umlaut": "größe 中\n"}
    every_byte = base64.b64encode(bytes(range(256))).decode()
    box.kube.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}, "data": texts, "binaryData": {"bytes": every_byte}}, box.namespace)
    box.kube.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "store"}, "data": {"store.jks": every_byte}}, box.namespace)
    name = box.make()
    box.until_phase(name, "Running")
    group = box.group(name)
    wanted = {key: text.encode() for key, text in texts.items()} | {"bytes": bytes(range(256))}
    box.expect("the ConfigMap's files", wanted, box.files(group, "odd"))
    box.expect("the Secret's file", {"store.jks": bytes(range(256))}, box.files(group, "store"))
    mounts = [one["MountPath"] for one in group["Containers"][0]["VolumeMounts"] if one["Name"] in ("odd", "store")]
    box.expect("both mounts", ["/conf", "/conf/inner"], sorted(mounts))


@case
def one_container_of_two_fails(box):
    """The end of one container is seen while the other runs: its code, its reason, and the pod not ready."""
    name = box.make()
    ended = box.until("it has ended", lambda: box.container(name, "worker").get("state", {}).get("terminated"))
    box.expect("code and reason", (41, "Error"), (ended["exitCode"], ended["reason"]))
    box.expect("restarts", 0, box.container(name, "worker")["restartCount"])
    box.expect("the other is ready", True, box.container(name, "keeps-on")["ready"])
    ready = next(one for one in box.status(name)["conditions"] if one["type"] == "Ready")
    box.expect("the pod", ("Running", "False", "ContainersNotReady"), (box.status(name)["phase"], ready["status"], ready.get("reason")))


@case
def group_deleted_by_somebody_else(box):
    """Somebody deletes the group in the cloud. The pod fails with a reason, and no container of it looks as if it ran or did well."""
    name = box.make()
    box.until_phase(name, "Running")
    box.cloud("DeleteContainerGroup", ContainerGroupId=box.group(name)["ContainerGroupId"], Force="true")
    box.until_phase(name, "Failed", 60)
    codes = [box.container(name, one)["state"].get("terminated", {}).get("exitCode", 0) for one in ("one", "two")]
    box.expect("each container has ended with a code that is not 0", True, all(codes))
    box.expect("a reason is given", True, bool(box.status(name).get("reason")))


@case
def token_that_ends_before_its_pod(box):
    """Files do not change on this node, so a token is not renewed. A pod that may outlive its token is told when that ends."""
    name = box.make()
    box.until_phase(name, "Running")
    box.until_told(name, "Warning", "token", "store.example")


@alone
def edits_of_the_node_stay(box):
    """What people write to the Node (cordon, taints, labels, annotations) stays, and stays away once they take it back."""
    name = "virtual-kubelet"
    path = f"/api/v1/nodes/{name}"
    own = box.kube.get(path)["spec"]["taints"]
    edits = {"metadata": {"labels": {"case.example/pool": "burst"}, "annotations": {"case.example/note": "keep"}},
             "spec": {"unschedulable": True, "taints": [{"key": "case.example/care", "value": "yes", "effect": "PreferNoSchedule"}]}}

    def seen():
        node = box.kube.get(path)
        return (node["spec"].get("unschedulable", False), "case.example/care" in [taint["key"] for taint in node["spec"]["taints"]],
                node["metadata"]["labels"].get("case.example/pool"), node["metadata"].get("annotations", {}).get("case.example/note"))

    box.kube.patch(path, edits)
    box.holds_for("the edits are there", lambda: seen() == (True, True, "burst", "keep"), 12)
    box.kubectl("uncordon", name)
    box.kubectl("taint", "node", name, "case.example/care-")
    box.kube.patch(path, {"metadata": {"labels": {"case.example/pool": None}, "annotations": {"case.example/note": None}}})
    box.holds_for("they stay away", lambda: seen() == (False, False, None, None), 12)
    left = [taint["key"] for taint in box.kube.get(path)["spec"]["taints"]]
    box.expect("the node's own taints", True, {taint["key"] for taint in own if taint["key"].startswith("virtual-kubelet")} <= set(left))
