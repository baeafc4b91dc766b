"""What the tests ask of rendered manifests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Manifest = Mapping[str, Any]
"""One object of Kubernetes, as YAML has it."""
NAME_LABEL = "app.kubernetes.io/name"
_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job"})


def title(manifest: Manifest) -> str:
    """Name a manifest in a message."""
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def of_kind(manifests: Iterable[Manifest], *kinds: str) -> list[Manifest]:
    """Choose by kind."""
    return [manifest for manifest in manifests if manifest["kind"] in kinds]


def workloads(manifests: Iterable[Manifest]) -> list[Manifest]:
    """Choose what makes pods."""
    return of_kind(manifests, *_WORKLOADS)


def pod_spec(workload: Manifest) -> Mapping[str, Any]:
    """Give what its pods are."""
    spec: Mapping[str, Any] = workload["spec"]["template"]["spec"]
    return spec


def pod_labels(workload: Manifest) -> Mapping[str, str]:
    """Give what its pods are called."""
    labels: Mapping[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def containers(manifests: Iterable[Manifest]) -> Iterator[tuple[Manifest, Mapping[str, Any]]]:
    """Give every container, those that run first included, with the workload that it belongs to."""
    for workload in workloads(manifests):
        spec = pod_spec(workload)
        for container in (*spec.get("initContainers", ()), *spec["containers"]):
            yield workload, container


def services(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    """Give Tracklift's own four by name."""
    return {
        workload["metadata"]["name"]: workload
        for workload in of_kind(manifests, "Deployment")
        if "tracklift/" in pod_spec(workload)["containers"][0]["image"]
    }


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector takes in a pod. An empty one takes in all.

    Raises:
        ValueError: it has an operator beside In, NotIn, Exists and DoesNotExist.
    """
    wanted = selector.get("matchLabels", {})
    return all(labels.get(name) == value for name, value in wanted.items()) and all(
        _meets(expression, labels) for expression in selector.get("matchExpressions", ())
    )


def _meets(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values", ())
    match expression["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    raise ValueError(f"there is no operator {expression['operator']}")


def generated_keys(manifests: Sequence[Manifest], kind: str) -> dict[str, set[str]]:
    """Give the keys of each ConfigMap, or of each Secret, among them those that an ExternalSecret will make."""
    keys = {
        manifest["metadata"]["name"]: {*manifest.get("data", {}), *manifest.get("stringData", {})}
        for manifest in of_kind(manifests, kind)
    }
    if kind == "Secret":
        for manifest in of_kind(manifests, "ExternalSecret"):
            keys[manifest["spec"]["target"]["name"]] = {
                entry["secretKey"] for entry in manifest["spec"]["data"]
            }
    return keys
