"""Names that one manifest has for another."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.deploy.manifests import (
    Manifest,
    containers,
    generated_keys,
    of_kind,
    pod_labels,
    pod_spec,
    selects,
    title,
    workloads,
)


def config_maps_and_secrets_exist(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find pods that would wait for a ConfigMap, a Secret or a key of one that nobody makes."""
    given = {kind: generated_keys(manifests, kind) for kind in ("ConfigMap", "Secret")}
    for workload, kind, name, key in _references(manifests):
        if name not in given[kind]:
            yield f"{title(workload)} needs {kind} {name}, which nobody makes"
        elif key is not None and key not in given[kind][name]:
            yield f"{title(workload)} needs {key} of {kind} {name}, which has no such key"
    for authentication in of_kind(manifests, "TriggerAuthentication"):
        for reference in authentication["spec"]["secretTargetRef"]:
            if reference["key"] not in given["Secret"].get(reference["name"], ()):
                yield f"{title(authentication)} needs {reference['key']} of Secret {reference['name']}"


def _references(manifests: Sequence[Manifest]) -> Iterator[tuple[Manifest, str, str, str | None]]:
    """Give each reference: the workload, ConfigMap or Secret, its name, and the key if one is named."""
    for workload, container in containers(manifests):
        for kind, name, key in _in_variables(container):
            yield workload, kind, name, key
    for workload in workloads(manifests):
        for volume in pod_spec(workload).get("volumes", ()):
            for kind, name, items in _in_volume(volume):
                for key in items or (None,):
                    yield workload, kind, name, key


def _in_variables(container: Mapping[str, Any]) -> Iterator[tuple[str, str, str | None]]:
    for source in container.get("envFrom", ()):
        for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
            if field in source:
                yield kind, source[field]["name"], None
    for variable in container.get("env", ()):
        value = variable.get("valueFrom", {})
        for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
            if field in value:
                yield kind, value[field]["name"], value[field]["key"]


def _in_volume(volume: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    sources = [volume, *volume.get("projected", {}).get("sources", ())]
    for source in sources:
        for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
            if field in source:
                content = source[field]
                name = content.get("name") or content["secretName"]
                yield kind, name, [item["key"] for item in content.get("items", ())]


def mounts_have_volumes(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find mounts of volumes that the pod does not have."""
    for workload, container in containers(manifests):
        claims = workload["spec"].get("volumeClaimTemplates", ())
        volumes = {volume["name"] for volume in pod_spec(workload).get("volumes", ())}
        volumes |= {claim["metadata"]["name"] for claim in claims}
        for mount in container.get("volumeMounts", ()):
            if mount["name"] not in volumes:
                yield f"{title(workload)} mounts {mount['name']}, of which it has no volume"


def selectors_find_their_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find selectors that select nothing, or not what their owner makes."""
    pods = [pod_labels(workload) for workload in workloads(manifests)]
    for workload in of_kind(manifests, "Deployment", "StatefulSet"):
        if not selects(workload["spec"]["selector"], pod_labels(workload)):
            yield f"{title(workload)} does not select its own pods"
    for service in of_kind(manifests, "Service"):
        if not any(selects({"matchLabels": service["spec"]["selector"]}, labels) for labels in pods):
            yield f"{title(service)} selects no pod"
    for budget in of_kind(manifests, "PodDisruptionBudget"):
        if not any(selects(budget["spec"]["selector"], labels) for labels in pods):
            yield f"{title(budget)} selects no pod"


def services_lead_to_ports(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find Services whose target is not a port of their pods, and ways in that lead to no Service."""
    offered: dict[str, set[str]] = {}
    for service in of_kind(manifests, "Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        ports = {
            port["name"]
            for workload, container in containers(manifests)
            if selects(selector, pod_labels(workload))
            for port in container.get("ports", ())
        }
        offered[service["metadata"]["name"]] = {port["name"] for port in service["spec"]["ports"]}
        for port in service["spec"]["ports"]:
            if port["targetPort"] not in ports:
                yield f"{title(service)} leads to port {port['targetPort']}, which its pods don't have"
    for ingress in of_kind(manifests, "Ingress"):
        for rule in ingress["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                backend = path["backend"]["service"]
                if backend["port"]["name"] not in offered.get(backend["name"], ()):
                    yield f"{title(ingress)} leads {path['path']} to a Service that is not there"


def named_objects_exist(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find ServiceAccounts that pods run as, and targets of autoscalers, that are not there."""
    there = {(manifest["kind"], manifest["metadata"]["name"]) for manifest in manifests}
    for workload in workloads(manifests):
        account = pod_spec(workload).get("serviceAccountName")
        if account is not None and ("ServiceAccount", account) not in there:
            yield f"{title(workload)} runs as ServiceAccount {account}, which is not there"
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject"):
        target = scaler["spec"]["scaleTargetRef"]
        if (target.get("kind", "Deployment"), target["name"]) not in there:
            yield f"{title(scaler)} scales {target['name']}, which is not there"
