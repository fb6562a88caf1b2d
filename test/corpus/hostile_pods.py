"""Two hundred pods that nobody should write: absurd values and sizes, fields in wrong places, references to nothing or to themselves.

Each goes to the virtual node past the scheduler, which would keep some of them back. The API server refuses some; that counts as well.
"""

import itertools

NODE = "virtual-kubelet"
LARGE = 2**31 - 1
LARGEST = 2**63 - 1
KEY = "k8s.aliyun.com/"
# Words that are not what anybody expects in their place.
ODD = ["", " ", "ü中🚀", "\u202eleft", 'a"]},{"b', "../../etc", "-1", "NaN", "9" * 60, "x" * 5000, "%s%n", "a\nb\tc", "null"]


def pod(name, metadata=None, container=None, **spec):
    container = {"name": "main", "image": "example/any:1"} | (container or {})
    spec = {"nodeName": NODE, "containers": [container], "terminationGracePeriodSeconds": 1} | spec
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name} | (metadata or {}), "spec": spec}


def many(number, make):
    return [make(i) for i in range(number)]


def env(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


def quantities():
    """Amounts out of every range."""
    values = ["0", "1n", "0.0000001", "1e18", "9223372036854775807", "1Ei", "99999999999Pi", "3.14159265358979Gi", "-1", "1e-30"]
    for resource, value in itertools.product(["cpu", "memory", "ephemeral-storage"], values):
        yield {"container": {"resources": {"limits": {resource: value}}}}
    for value in values:
        yield {"container": {"resources": {"requests": {"nvidia.com/gpu": value}, "limits": {"nvidia.com/gpu": value}}}}
    yield {"container": {"resources": {"limits": {"example.com/dongle": "1"}, "requests": {"example.com/dongle": "1"}}}}
    yield {"container": {"resources": {"limits": {"hugepages-2Mi": "4Mi", "memory": "1Gi"}, "requests": {"hugepages-2Mi": "4Mi"}}}}
    yield {"containers": many(20, lambda i: {"name": f"c{i}", "image": "a", "resources": {"limits": {"cpu": "9223372036854775"}}})}


def numbers():
    """The largest numbers that the API takes, and one beyond."""
    for value in (0, 1, LARGE, LARGE + 1, LARGEST):
        yield {"terminationGracePeriodSeconds": value}
        yield {"activeDeadlineSeconds": value}
        yield {"securityContext": {"runAsUser": value, "runAsGroup": value, "fsGroup": value}}
    for field in ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold", "terminationGracePeriodSeconds"):
        yield {"container": {"livenessProbe": {"tcpSocket": {"port": 65535}, field: LARGE}}}
    yield {"container": {"readinessProbe": {"tcpSocket": {"port": 0}}}}
    yield {"container": {"lifecycle": {"preStop": {"sleep": {"seconds": LARGEST}}}}}
    yield {"container": {"lifecycle": {"preStop": {"sleep": {"seconds": 0}}, "postStart": {"sleep": {"seconds": -1}}}}}
    yield {"container": {"ports": [{"containerPort": 65535, "hostPort": 1, "hostIP": "255.255.255.255", "protocol": "SCTP"}]}}
    yield {"container": {"ports": [{"containerPort": 10250}, {"containerPort": 111, "protocol": "UDP"}, {"containerPort": 998}]}}
    yield {"priority": LARGE}


def crowds():
    """Thousands of what one expects a few of."""
    for number in (21, 100, 2000):
        yield {"containers": many(number, lambda i: {"name": f"c{i}", "image": "a"})}
    for number in (21, 1000):
        yield {"initContainers": many(number, lambda i: {"name": f"i{i}", "image": "a"})}
        yield {"initContainers": many(number, lambda i: {"name": f"s{i}", "image": "a", "restartPolicy": "Always"})}
        yield {"volumes": many(number, lambda i: {"name": f"v{i}", "emptyDir": {}})}
        yield {"hostAliases": many(number, lambda i: {"ip": f"10.0.{i // 256}.{i % 256}", "hostnames": many(60, lambda j: f"h{i}-{j}")})}
        yield {"imagePullSecrets": many(number, lambda i: {"name": f"nothing-{i}"})}
        yield {"tolerations": many(number, lambda i: {"key": f"k{i}", "operator": "Exists"})}
    yield {"container": {"env": many(5000, lambda i: {"name": f"V{i}", "value": "x"})}}
    yield {"container": {"env": env(LONG="x" * 500_000)}}
    yield {"container": {"args": many(5000, str)}}
    yield {"container": {"args": ["x" * 300_000]}}
    yield {"container": {"command": ["sh", "-c", "$(A)" * 20_000], "env": env(A="b" * 100)}}
    yield {"container": {"ports": many(1000, lambda i: {"containerPort": i + 1})}}
    yield {"container": {"envFrom": many(2000, lambda i: {"configMapRef": {"name": "kube-root-ca.crt"}, "prefix": f"P{i}_"})}}
    yield {"container": {"securityContext": {"capabilities": {"add": many(500, lambda i: f"CAP_{i}"), "drop": many(500, lambda i: f"C{i}")}}}}
    yield {"container": {"livenessProbe": {"exec": {"command": many(500, str)}}}}
    yield {"container": {"readinessProbe": {"httpGet": {"port": 80, "path": "/" + "p" * 100_000}}}}
    yield {"container": {"volumeMounts": many(500, lambda i: {"name": "v", "mountPath": f"/m/{i}"})}, "volumes": [{"name": "v", "emptyDir": {}}]}
    yield {"securityContext": {"supplementalGroups": many(5000, lambda i: i)}}
    yield {"securityContext": {"sysctls": many(500, lambda i: {"name": f"net.core.made_up_{i}", "value": "1"})}}
    yield {"volumes": [{"name": "v", "projected": {"sources": many(200, lambda i: {"downwardAPI": {"items": [
        {"path": f"f{i}", "fieldRef": {"fieldPath": "metadata.name"}}]}})}}]}
    yield {"metadata": {"annotations": {"example.com/huge": "x" * 250_000}}}
    yield {"metadata": {"annotations": {f"example.com/a{i}": "x" for i in range(3000)}}}
    yield {"metadata": {"labels": {f"l{i}": "v" for i in range(3000)}}}
    yield {"metadata": {"annotations": {"example.com/huge": "x" * 250_000}}, "volumes": [{"name": "v", "downwardAPI": {"items": [
        {"path": f"copy-{i}", "fieldRef": {"fieldPath": "metadata.annotations"}} for i in range(90)]}}]}
    yield {"dnsConfig": {"nameservers": ["10.0.0.1"] * 3, "searches": many(32, lambda i: f"s{i}." + "d" * 60 + ".example"), "options": many(
        200, lambda i: {"name": f"o{i}"})}, "dnsPolicy": "None"}


def words():
    """Odd words in every place that takes a text."""
    for word in ODD:
        yield {"container": {"image": word or "b" * 300}}
        yield {"container": {"command": [word], "args": [word, "$(" + word + ")"], "env": env(A=word)}}
        yield {"container": {"workingDir": word, "terminationMessagePath": word or "/"}}
    for name in ("9", "a.b", "a-b", "A" * 300, "a b", "ü", "$(X)", "PATH", "__ECI_RESOURCE_IGNORE__", "ECI_CONTAINER_TYPE"):
        yield {"container": {"env": [{"name": name, "value": "TRUE"}]}}
    for path in ("/", "/proc", "relative", "/a/../b", "/etc/hosts", "//", "/" + "p" * 5000, "/ü中🚀"):
        yield {"container": {"volumeMounts": [{"name": "v", "mountPath": path}]}, "volumes": [{"name": "v", "emptyDir": {}}]}
    for path in ("../x", "/abs", "a/" * 2000, "ü\n", "$(HOSTNAME)"):
        yield {"container": {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": path}]}, "volumes": [{"name": "v", "emptyDir": {}}]}


def references():
    """To nothing, to themselves, and in circles."""
    yield {"container": {"env": env(A="$(A)", B="$(C)", C="$(B)"), "args": ["$(A)$(B)$(C)$(D)$$(E)$(", "$()"]}}
    yield {"container": {"env": many(60, lambda i: {"name": f"V{i}", "value": f"$(V{i - 1})$(V{i - 1})" if i else "xx"})}}
    yield {"container": {"env": [{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "nowhere", "key": "k"}}}]}}
    yield {"container": {"env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "nowhere", "key": "k"}}}]}}
    yield {"container": {"envFrom": [{"secretRef": {"name": "nowhere"}}]}}
    yield {"container": {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "containerName": "nobody"}}}]}}
    yield {"container": {"env": [{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1n"}}}]}}
    yield {"container": {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.annotations['no such']"}}}]}}
    yield {"container": {"readinessProbe": {"httpGet": {"port": "nobody"}}}}
    yield {"container": {"lifecycle": {"preStop": {"httpGet": {"port": "nobody", "path": "/"}}}}}
    yield {"container": {"volumeMounts": [{"name": "nowhere", "mountPath": "/v"}]}}
    yield {"container": {"volumeMounts": [{"name": "v", "mountPath": "/v", "subPathExpr": "$(NOWHERE)/x"}]}, "volumes": [{"name": "v", "emptyDir": {}}]}
    for source in ({"configMap": {"name": "nowhere"}}, {"secret": {"secretName": "nowhere"}}, {"persistentVolumeClaim": {"claimName": "nowhere"}},
                   {"csi": {"driver": "nobody.example"}}, {"nfs": {"server": "", "path": "/"}}, {"hostPath": {"path": "/"}},
                   {"emptyDir": {"sizeLimit": "-1"}}, {"emptyDir": {"medium": "HugePages"}}, {"flexVolume": {"driver": "nobody/none"}},
                   {"image": {"reference": "example/data:1"}}, {"iscsi": {"targetPortal": "1.2.3.4", "iqn": "iqn.2026-11.example:x", "lun": 0}},
                   {"projected": {"sources": [{"serviceAccountToken": {"path": "t", "audience": "ü🚀", "expirationSeconds": 600}}]}},
                   {"projected": {"sources": [{"serviceAccountToken": {"path": "t", "expirationSeconds": 4294967296}}]}},
                   {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "spec.nodeName"}}]}}):
        yield {"volumes": [{"name": "v"} | source]}
    yield {"serviceAccountName": "nobody"}
    yield {"runtimeClassName": "nobody"}
    yield {"priorityClassName": "nobody"}
    yield {"resourceClaims": [{"name": "c", "resourceClaimName": "nowhere"}]}
    yield {"imagePullSecrets": [{"name": ""}]}
    yield {"readinessGates": [{"conditionType": "example.com/never"}] * 2}


def annotations():
    """Our own annotations with values by hand, and the group of somebody else."""
    keys = ["eci-use-specs", "eci-vswitch", "eci-security-group", "eci-spot-price-limit", "eci-spot-duration", "eci-imc-id"]
    for number, (key, word) in enumerate(itertools.product(keys, ['eci-1"]}', "ü中🚀", "0-0Gi", "-1", "1e309", ",,,,,,,,,,,,"])):
        strategy = {KEY + "eci-spot-strategy": "SpotWithPriceLimit"} if number % 2 else {}
        yield {"metadata": {"annotations": {KEY + key: word} | strategy}}
    for word in ('eci-1"]}', "eci-0000000000000000", "x" * 5000, ""):
        yield {"metadata": {"annotations": {KEY + "eci-instance-id": word, KEY + "eci-request-id": word, KEY + "eci-instance-spec": word}}}


def misplaced():
    """Fields that mean something elsewhere."""
    yield {"initContainers": [{"name": "i", "image": "a", "readinessProbe": {"tcpSocket": {"port": 1}}}]}
    yield {"initContainers": [{"name": "i", "image": "a", "lifecycle": {"preStop": {"exec": {"command": ["a"]}}}}]}
    yield {"initContainers": [{"name": "i", "image": "a", "stdin": True, "tty": True, "stdinOnce": True}]}
    yield {"initContainers": [{"name": "i", "image": "a", "restartPolicy": "Always"}, {"name": "main", "image": "a"}]}
    yield {"container": {"restartPolicy": "Never", "restartPolicyRules": [{"action": "Restart", "exitCodes": {"operator": "In", "values": [1]}}]}}
    yield {"container": {"securityContext": {"windowsOptions": {"hostProcess": True}}}}
    yield {"container": {"securityContext": {"procMount": "Unmasked"}}, "hostUsers": False}
    yield {"container": {"securityContext": {"privileged": True, "allowPrivilegeEscalation": False}}}
    yield {"container": {"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "../../x"}}}}
    yield {"container": {"volumeMounts": [{"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"}]}, "volumes": [{"name": "v", "emptyDir": {}}]}
    yield {"os": {"name": "windows"}, "securityContext": {"runAsUser": 1}}
    yield {"hostname": "UPPER.case"}
    yield {"subdomain": "a.b"}
    yield {"unknownField": 1}
    yield {"containers": []}
    yield {"containers": [{"name": "a", "image": "x"}, {"name": "a", "image": "x"}]}
    yield {"restartPolicy": "Sometimes"}


KINDS = (quantities, numbers, crowds, words, references, annotations, misplaced)


def hostile():
    return [pod(f"{kind.__name__}-{number}", **change) for kind in KINDS for number, change in enumerate(kind())]


def good(number):
    """An ordinary one beside them."""
    return pod(f"good-{number}", container={"env": env(NUMBER=str(number)), "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}}})
