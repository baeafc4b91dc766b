"""Each policy finds what it is there to find: a policy that can't fail proves nothing."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.deploy.manifests import Manifest
from tests.deploy.policies import availability, images, network, pod_security, references, running, secrecy
from tests.deploy.policies.all_policies import EVERYWHERE, IN_PRODUCTION, Policy

Objects = dict[str, Any]
"""Manifests of production by kind and name, to be spoilt."""


def pod(objects: Objects, name: str = "Deployment gateway") -> Any:
    return objects[name]["spec"]["template"]["spec"]


def container(objects: Objects, name: str = "Deployment gateway") -> Any:
    return pod(objects, name)["containers"][0]


def drop(name: str) -> Callable[[Objects], object]:
    """Leave a manifest out."""
    return lambda objects: objects.pop(name)


def add(kind: str, **more: Any) -> Callable[[Objects], object]:
    """Add a manifest."""
    return lambda objects: objects.update({kind: {"kind": kind, "metadata": {"name": "bad"}, **more}})


CASES: list[tuple[Policy, Callable[[Objects], object]]] = [
    (pod_security.pods_are_restricted, lambda o: pod(o)["securityContext"].update(runAsNonRoot=False)),
    (pod_security.pods_are_restricted, lambda o: pod(o)["securityContext"].update(runAsUser=0)),
    (pod_security.pods_are_restricted, lambda o: pod(o)["securityContext"].pop("seccompProfile")),
    (pod_security.pods_are_restricted, lambda o: pod(o).update(hostNetwork=True)),
    (
        pod_security.pods_are_restricted,
        lambda o: pod(o)["volumes"].append({"name": "node", "hostPath": {"path": "/"}}),
    ),
    (pod_security.pods_are_restricted, lambda o: container(o).pop("securityContext")),
    (pod_security.pods_are_restricted, lambda o: container(o)["securityContext"].update(privileged=True)),
    (pod_security.pods_are_restricted, lambda o: container(o)["securityContext"].update(runAsUser=0)),
    (
        pod_security.pods_are_restricted,
        lambda o: container(o)["securityContext"]["capabilities"].update(add=["NET_ADMIN"]),
    ),
    (
        pod_security.pods_are_restricted,
        lambda o: pod(o).update(initContainers=[{"name": "first", "image": "first:1"}]),
    ),
    (
        pod_security.own_containers_write_nowhere,
        lambda o: container(o)["securityContext"].pop("readOnlyRootFilesystem"),
    ),
    (pod_security.own_containers_write_nowhere, lambda o: pod(o)["securityContext"].update(runAsUser=1000)),
    (pod_security.pods_have_no_rights_in_the_cluster, lambda o: pod(o).pop("automountServiceAccountToken")),
    (
        pod_security.scratch_is_bounded,
        lambda o: pod(o)["volumes"].append({"name": "more", "emptyDir": {}}),
    ),
    (images.images_are_pinned, lambda o: container(o).update(image="tracklift/gateway")),
    (images.images_are_pinned, lambda o: container(o).update(image="host:5000/tracklift/gateway")),
    (images.images_are_pinned, lambda o: container(o).update(image="tracklift/gateway:latest")),
    (running.containers_are_bounded, lambda o: container(o)["resources"].pop("limits")),
    (running.containers_are_bounded, lambda o: container(o)["resources"]["requests"].pop("memory")),
    (running.containers_are_probed, lambda o: container(o).pop("livenessProbe")),
    (
        running.probes_ask_ports_that_are_declared,
        lambda o: container(o)["readinessProbe"]["httpGet"].update(port="web"),
    ),
    (running.served_pods_linger, lambda o: container(o).pop("lifecycle")),
    (running.pods_spread, lambda o: pod(o)["topologySpreadConstraints"].pop()),
    (
        running.pods_spread,
        lambda o: pod(o)["topologySpreadConstraints"][0].update(
            labelSelector={"matchLabels": {"app.kubernetes.io/name": "gate"}}
        ),
    ),
    (availability.replicated_pods_are_evicted_one_by_one, drop("PodDisruptionBudget gateway")),
    (availability.replicated_pods_are_evicted_one_by_one, drop("PodDisruptionBudget converter")),
    (
        availability.replicated_pods_are_evicted_one_by_one,
        lambda o: o["PodDisruptionBudget gateway"]["spec"].update(maxUnavailable=0),
    ),
    (
        availability.scalers_own_the_number_of_pods,
        lambda o: o["Deployment gateway"]["spec"].update(replicas=3),
    ),
    (
        availability.scalers_own_the_number_of_pods,
        add("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": "converter"}}),
    ),
    (availability.every_service_has_two_pods, drop("HorizontalPodAutoscaler gateway")),
    (
        availability.every_service_has_two_pods,
        lambda o: o["ScaledObject converter"]["spec"].update(minReplicaCount=1),
    ),
    (network.nothing_is_open_by_default, drop("NetworkPolicy default-deny")),
    (
        network.nothing_is_open_by_default,
        lambda o: o["NetworkPolicy default-deny"]["spec"].update(policyTypes=["Ingress"]),
    ),
    (network.every_pod_has_a_policy_of_its_own, drop("NetworkPolicy database-migration")),
    (
        network.no_rule_is_wide_open,
        lambda o: o["NetworkPolicy auth"]["spec"].update(ingress=[{"ports": [{"port": 8081}]}]),
    ),
    (network.no_rule_is_wide_open, lambda o: o["NetworkPolicy auth"]["spec"]["ingress"][0].pop("ports")),
    (network.both_ends_agree, drop("NetworkPolicy auth")),
    (network.both_ends_agree, lambda o: o["NetworkPolicy gateway"]["spec"].update(egress=[])),
    (
        network.both_ends_agree,
        lambda o: o["NetworkPolicy auth"]["spec"]["ingress"][0]["ports"][0].update(port=8080),
    ),
    (
        network.ports_are_listened_at,
        lambda o: o["NetworkPolicy auth"]["spec"]["ingress"][0]["ports"][0].update(port=9999),
    ),
    (network.ingresses_are_let_in, drop("NetworkPolicy from-ingress")),
    (
        network.ingresses_are_let_in,
        lambda o: o["NetworkPolicy from-ingress"]["spec"]["ingress"][0]["ports"][0].update(port=9080),
    ),
    (references.config_maps_and_secrets_exist, drop("ExternalSecret tracklift-mysql")),
    (
        references.config_maps_and_secrets_exist,
        lambda o: o["ExternalSecret tracklift-rabbitmq"]["spec"]["data"].pop(),
    ),
    (
        references.config_maps_and_secrets_exist,
        lambda o: container(o)["envFrom"][0]["configMapRef"].update(name="gate"),
    ),
    (references.mounts_have_volumes, lambda o: pod(o).pop("volumes")),
    (references.selectors_find_their_pods, drop("Deployment auth")),
    (
        references.selectors_find_their_pods,
        lambda o: o["Deployment auth"]["spec"].update(selector={"matchLabels": {"app": "auth"}}),
    ),
    (
        references.services_lead_to_ports,
        lambda o: o["Service auth"]["spec"]["ports"][0].update(targetPort="web"),
    ),
    (references.services_lead_to_ports, drop("Service gateway")),
    (references.named_objects_exist, drop("ServiceAccount auth")),
    (references.named_objects_exist, drop("Deployment converter")),
    (
        secrecy.no_secret_is_written_out,
        add("ConfigMap", data={"TRACKLIFT_MONGODB_URL": "mongodb://ada:secret@mongodb"}),
    ),
    (secrecy.no_secret_is_written_out, add("ConfigMap", data={"TRACKLIFT_SMTP_PASSWORD": "secret"})),
    (
        secrecy.no_secret_is_written_out,
        lambda o: container(o)["env"].append({"name": "API_TOKEN", "value": "secret"}),
    ),
    (
        secrecy.no_secret_is_written_out,
        lambda o: container(o)["env"].append(
            {"name": "X", "valueFrom": {"secretKeyRef": {"name": "x", "key": "x"}}}
        ),
    ),
    (
        secrecy.no_secret_is_written_out,
        lambda o: container(o).update(args=["--url=amqp://ada:secret@rabbitmq"]),
    ),
    (secrecy.no_secret_is_rendered, add("Secret", data={"url": "c2VjcmV0"})),
]


@pytest.mark.parametrize(
    ("policy", "spoil"), CASES, ids=[f"{policy.__name__}-{n}" for n, (policy, _) in enumerate(CASES)]
)
def test_a_policy_finds_its_breach(
    rendered: dict[str, list[Manifest]], policy: Policy, spoil: Callable[[Objects], object]
) -> None:
    objects = {f"{one['kind']} {_plain(one)}": deepcopy(one) for one in rendered["prod"]}
    assert list(policy(list(objects.values()))) == []

    spoil(objects)

    assert list(policy(list(objects.values())))


def _plain(manifest: Manifest) -> str:
    name: str = manifest["metadata"]["name"]
    return name


def test_every_policy_is_shown_a_breach() -> None:
    assert {policy for policy, _ in CASES} == {*EVERYWHERE, *IN_PRODUCTION}
