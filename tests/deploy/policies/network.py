"""Who may speak to whom."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.deploy.manifests import (
    NAME_LABEL,
    Manifest,
    of_kind,
    pod_labels,
    pod_spec,
    selects,
    title,
    workloads,
)


def nothing_is_open_by_default(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find out whether pods that no policy names may do what they like."""
    for policy in of_kind(manifests, "NetworkPolicy"):
        spec = policy["spec"]
        if (
            not spec["podSelector"]
            and set(spec["policyTypes"]) == {"Ingress", "Egress"}
            and not spec.get("ingress")
            and not spec.get("egress")
        ):
            return
    yield "no NetworkPolicy denies what no other allows"


def every_pod_has_a_policy_of_its_own(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find pods for which nobody has thought about who reaches them and whom they reach."""
    policies = [policy for policy in of_kind(manifests, "NetworkPolicy") if policy["spec"]["podSelector"]]
    for workload in workloads(manifests):
        mine = [policy for policy in policies if selects(policy["spec"]["podSelector"], pod_labels(workload))]
        for direction in ("Ingress", "Egress"):
            if not any(direction in policy["spec"]["policyTypes"] for policy in mine):
                yield f"no NetworkPolicy speaks of the {direction} of {title(workload)}"


def no_rule_is_wide_open(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find rules that allow everybody, or every port."""
    for policy in of_kind(manifests, "NetworkPolicy"):
        for direction, peer in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"].get(direction) or ():
                if not rule.get(peer) or {} in rule[peer]:
                    yield f"{title(policy)} opens {direction} to everybody"
                if not rule.get("ports"):
                    yield f"{title(policy)} opens every port for {direction}"


def both_ends_agree(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find ways from pod to pod that one end opens and the other does not."""
    ways_out = set(_ways(manifests, "egress", "to"))
    ways_in = {(peer, pod, port) for pod, peer, port in _ways(manifests, "ingress", "from")}
    for start, end, port in sorted(ways_out ^ ways_in):
        opened = "to go" if (start, end, port) in ways_out else "to be reached"
        yield f"{end} at {port} is open {opened} from {start}, at one end only"


def _ways(manifests: Sequence[Manifest], direction: str, peer: str) -> Iterator[tuple[str, str, int]]:
    pods = workloads(manifests)
    for policy in of_kind(manifests, "NetworkPolicy"):
        here = [pod for pod in pods if selects(policy["spec"]["podSelector"], pod_labels(pod))]
        for rule in policy["spec"].get(direction) or ():
            for end in rule.get(peer, ()):
                if "podSelector" not in end or "namespaceSelector" in end or "ipBlock" in end:
                    continue  # Outside of what is rendered here.
                there = [pod for pod in pods if selects(end["podSelector"], pod_labels(pod))]
                for pod in here:
                    for other in there:
                        for port in rule.get("ports", ()):
                            yield _name(pod), _name(other), port["port"]


def _name(workload: Manifest) -> str:
    return pod_labels(workload)[NAME_LABEL]


def ports_are_listened_at(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find ingress rules for ports at which none of the selected pods listens."""
    for policy in of_kind(manifests, "NetworkPolicy"):
        pods = [
            pod for pod in workloads(manifests) if selects(policy["spec"]["podSelector"], pod_labels(pod))
        ]
        for rule in policy["spec"].get("ingress") or ():
            for port in rule.get("ports", ()):
                if pods and not any(port["port"] in _listening(pod_spec(pod)) for pod in pods):
                    yield f"{title(policy)} opens port {port['port']}, at which no pod listens"


def ingresses_are_let_in(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find ways of an Ingress to pods that no policy opens to another namespace, where the ingress controller is."""
    for ingress in of_kind(manifests, "Ingress"):
        backends = {
            (path["backend"]["service"]["name"], path["backend"]["service"]["port"]["name"])
            for rule in ingress["spec"]["rules"]
            for path in rule["http"]["paths"]
        }
        for service in of_kind(manifests, "Service"):
            for port in service["spec"]["ports"]:
                if (service["metadata"]["name"], port["name"]) not in backends:
                    continue
                for pod in workloads(manifests):
                    selector = {"matchLabels": service["spec"]["selector"]}
                    if selects(selector, pod_labels(pod)) and not _is_let_in(
                        manifests, pod, port["targetPort"]
                    ):
                        yield f"{title(ingress)} leads to {title(pod)}, and no NetworkPolicy lets it in"


def _is_let_in(manifests: Sequence[Manifest], pod: Manifest, port: object) -> bool:
    """Tell whether a policy opens a port of a pod to another namespace."""
    numbers = {
        declared["containerPort"]
        for container in pod_spec(pod)["containers"]
        for declared in container.get("ports", ())
        if port in {declared["name"], declared["containerPort"]}
    }
    return any(
        selects(policy["spec"]["podSelector"], pod_labels(pod))
        and any("namespaceSelector" in end for end in rule.get("from", ()))
        and any(opened["port"] in {port, *numbers} for opened in rule.get("ports", ()))
        for policy in of_kind(manifests, "NetworkPolicy")
        for rule in policy["spec"].get("ingress") or ()
    )


def _listening(spec: Mapping[str, Any]) -> set[object]:
    ports = [port for container in spec["containers"] for port in container.get("ports", ())]
    return {port["containerPort"] for port in ports} | {port["name"] for port in ports}
