"""What lets a cluster run pods well: bounds, probes, and time to end."""

from collections.abc import Iterator, Sequence

from tests.deploy.manifests import Manifest, containers, of_kind, pod_labels, pod_spec, selects, title

_BOUNDED = ("cpu", "memory", "ephemeral-storage")
_PROBES = ("startupProbe", "readinessProbe", "livenessProbe")


def containers_are_bounded(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find containers that ask for nothing, or may take all."""
    for workload, container in containers(manifests):
        for kind in ("requests", "limits"):
            given = container.get("resources", {}).get(kind, {})
            for resource in _BOUNDED:
                if resource not in given:
                    yield f"{title(workload)}: container {container['name']} has no {resource} among its {kind}"


def containers_are_probed(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find containers of which the cluster can't tell whether they have started, are ready, are alive."""
    for workload, container in containers(manifests):
        if workload["kind"] == "Job":
            continue  # It ends, and its exit code says how.
        for probe in _PROBES:
            if probe not in container:
                yield f"{title(workload)}: container {container['name']} has no {probe}"


def probes_ask_ports_that_are_declared(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find probes that ask at a port that the container does not name."""
    for workload, container in containers(manifests):
        ports = {port["name"] for port in container.get("ports", ())}
        for probe in _PROBES:
            for action in ("httpGet", "tcpSocket"):
                port = container.get(probe, {}).get(action, {}).get("port")
                if port is not None and port not in ports:
                    yield f"{title(workload)}: {probe} asks at port {port}, which is not declared"


def served_pods_linger(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find own pods behind a Service that close their door while they are still being sent requests."""
    selectors = [{"matchLabels": service["spec"]["selector"]} for service in of_kind(manifests, "Service")]
    for workload, container in containers(of_kind(manifests, "Deployment")):
        served = any(selects(selector, pod_labels(workload)) for selector in selectors)
        if served and not container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds"):
            yield f"{title(workload)} stops listening before it is taken out of its Service"


def pods_spread(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find Deployments whose pods may all end up on one node."""
    for workload in of_kind(manifests, "Deployment"):
        spread = {
            constraint["topologyKey"]
            for constraint in pod_spec(workload).get("topologySpreadConstraints", ())
            if selects(constraint["labelSelector"], pod_labels(workload))
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone"):
            if key not in spread:
                yield f"{title(workload)} is not spread by {key}"
