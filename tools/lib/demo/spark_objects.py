"""Kubernetes objects that run a Spark application: what tools/spark/submit and tools/spark/translate print."""

import sys

try:
    import yaml
except ImportError:
    sys.exit(f"{sys.argv[0]}: needs PyYAML (python3-yaml); run: tools/setup")

IMAGE = "vk.test/spark:3.5.9"
# What puts a pod on a kind of node.
PLACES = {
    "virtual": {
        "nodeSelector": {"type": "virtual-kubelet"},
        "tolerations": [{"key": "virtual-kubelet.io/provider", "operator": "Exists"}],
    },
    "ordinary": {"nodeSelector": {"type": "ack"}},
}
IN_CLUSTER = "k8s://https://kubernetes.default.svc"


def rights(namespace: str, account: str) -> list[dict]:
    """What a driver may do: create pods, ConfigMaps and Services in its namespace."""
    meta = {"name": account, "namespace": namespace}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        },
    ]


def config_map(namespace: str, name: str, data: dict[str, str]) -> dict:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def pod_template(spec: dict) -> dict:
    return {"apiVersion": "v1", "kind": "Pod", "spec": spec}


def templates_map(namespace: str, name: str, driver: dict, executor: dict) -> dict:
    """Pod templates of both kinds, for a volume at /templates."""
    files = {"driver.yaml": as_yaml(driver), "executor.yaml": as_yaml(executor)}
    return config_map(namespace, f"{name}-templates", files)


def template_settings(folder: str) -> list[str]:
    return [
        f"--conf=spark.kubernetes.driver.podTemplateFile={folder}/driver.yaml",
        f"--conf=spark.kubernetes.executor.podTemplateFile={folder}/executor.yaml",
    ]


def submit_spec(name: str, account: str, image: str, place: dict, arguments: list[str]) -> dict:
    """The spec of a pod that calls spark-submit, with the ConfigMap of templates_map."""
    return place | {
        "serviceAccountName": account,
        "restartPolicy": "Never",
        "volumes": [{"name": "templates", "configMap": {"name": f"{name}-templates"}}],
        "containers": [
            {
                "name": "submit",
                "image": image,
                "imagePullPolicy": "IfNotPresent",
                "command": ["/opt/spark/bin/spark-submit"],
                "args": arguments,
                "volumeMounts": [{"name": "templates", "mountPath": "/templates"}],
            }
        ],
    }


class TextDumper(yaml.SafeDumper):
    """Writes texts of several lines as such."""

    def ignore_aliases(self, data: object) -> bool:
        return True


TextDumper.add_representer(
    str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)
)


def as_yaml(*objects: dict) -> str:
    return yaml.dump_all(objects, Dumper=TextDumper, sort_keys=False, width=130)
