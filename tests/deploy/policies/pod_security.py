"""Pods that may do as little as possible: Kubernetes' Pod Security Standard `restricted`, and more of our own."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.deploy.manifests import Manifest, containers, pod_spec, title, workloads

OWN_USER = 10001
"""The user and the group that the images of the services are made for."""


def pods_are_restricted(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find pods that the standard refuses (https://kubernetes.io/docs/concepts/security/pod-security-standards/)."""
    for workload in workloads(manifests):
        for problem in _problems_of_pod(pod_spec(workload)):
            yield f"{title(workload)} {problem}"
    for workload, container in containers(manifests):
        for problem in _problems_of_container(container.get("securityContext", {})):
            yield f"{title(workload)}: container {container['name']} {problem}"


def _problems_of_pod(spec: Mapping[str, Any]) -> Iterator[str]:
    context = spec.get("securityContext", {})
    if not context.get("runAsNonRoot"):
        yield "may run as root"
    if not context.get("runAsUser"):
        yield "names no user but leaves it to the image, or names root"
    if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "may make any system call"
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield f"shares {field} with its node"
    for volume in spec.get("volumes", ()):
        if "hostPath" in volume:
            yield f"sees the node's files through volume {volume['name']}"


def _problems_of_container(context: Mapping[str, Any]) -> Iterator[str]:
    if context.get("allowPrivilegeEscalation") is not False:
        yield "may gain rights"
    if context.get("privileged"):
        yield "is privileged"
    if context.get("capabilities", {}).get("drop") != ["ALL"]:
        yield "keeps capabilities"
    if context.get("capabilities", {}).get("add"):
        yield "adds capabilities"
    if context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False:
        yield "runs as root"


def own_containers_write_nowhere(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find containers of Tracklift that can change their own files or run as another user than their image's."""
    for workload, container in containers(manifests):
        if "tracklift/" not in container["image"]:
            continue
        if not container.get("securityContext", {}).get("readOnlyRootFilesystem"):
            yield f"{title(workload)}: container {container['name']} can change its own files"
        context = pod_spec(workload).get("securityContext", {})
        if {context.get(field) for field in ("runAsUser", "runAsGroup", "fsGroup")} != {OWN_USER}:
            yield f"{title(workload)} runs as another user or group than {OWN_USER}"


def pods_have_no_rights_in_the_cluster(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find pods that get a token for the cluster's API, which none needs."""
    for workload in workloads(manifests):
        if pod_spec(workload).get("automountServiceAccountToken") is not False:
            yield f"{title(workload)} is given a token for the cluster"


def scratch_is_bounded(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find folders on a node's disk that may grow until the disk is full."""
    for workload in workloads(manifests):
        for volume in pod_spec(workload).get("volumes", ()):
            if "emptyDir" in volume and not (volume["emptyDir"] or {}).get("sizeLimit"):
                yield f"{title(workload)}: volume {volume['name']} may grow without limit"
