"""How many there are of what, and how many of them may be missing."""

from collections.abc import Iterator, Sequence

from tests.deploy.manifests import Manifest, of_kind, pod_labels, selects, title


def fewest_pods(manifests: Sequence[Manifest], workload: Manifest) -> int:
    """Give how few pods a Deployment or StatefulSet may be scaled down to: by an autoscaler, else as it says."""
    name = workload["metadata"]["name"]
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject"):
        if scaler["spec"]["scaleTargetRef"]["name"] == name:
            fewest = scaler["spec"].get("minReplicas", scaler["spec"].get("minReplicaCount", 1))
            return int(fewest)
    return int(workload["spec"].get("replicas", 1))


def replicated_pods_are_evicted_one_by_one(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find what has several pods and no PodDisruptionBudget, or one that forbids to move any pod."""
    budgets = of_kind(manifests, "PodDisruptionBudget")
    for workload in of_kind(manifests, "Deployment", "StatefulSet"):
        mine = [budget for budget in budgets if selects(budget["spec"]["selector"], pod_labels(workload))]
        if fewest_pods(manifests, workload) >= 2 and not mine:
            yield f"{title(workload)} may lose all its pods at once"
        for budget in mine:
            if budget["spec"].get("maxUnavailable") in {0, "0%", None}:
                yield f"{title(budget)} keeps nodes from being drained"


def scalers_own_the_number_of_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find Deployments that are scaled by two, or whose own figure would undo an autoscaler's at each `apply`."""
    scalers = of_kind(manifests, "HorizontalPodAutoscaler", "ScaledObject")
    for workload in of_kind(manifests, "Deployment"):
        name = workload["metadata"]["name"]
        mine = [scaler for scaler in scalers if scaler["spec"]["scaleTargetRef"]["name"] == name]
        if len(mine) > 1:
            yield f"{title(workload)} is scaled by {' and '.join(map(title, mine))}"
        if mine and "replicas" in workload["spec"]:
            yield f"{title(workload)} says how many pods it has, which is {title(mine[0])}'s to say"


def every_service_has_two_pods(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find Deployments that are gone with one node. For production."""
    for workload in of_kind(manifests, "Deployment"):
        if fewest_pods(manifests, workload) < 2:
            yield f"{title(workload)} may have a single pod"
