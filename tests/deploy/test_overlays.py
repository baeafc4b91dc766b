"""Every overlay keeps every policy."""

import pytest

from tests.deploy.manifests import Manifest, of_kind, services
from tests.deploy.policies.all_policies import EVERYWHERE, IN_PRODUCTION, Policy


def _name(policy: Policy) -> str:
    return policy.__name__


@pytest.mark.parametrize("policy", EVERYWHERE, ids=_name)
def test_every_overlay_keeps_the_policy(manifests: list[Manifest], policy: Policy) -> None:
    assert list(policy(manifests)) == []


@pytest.mark.parametrize("policy", IN_PRODUCTION, ids=_name)
def test_production_keeps_the_policy(rendered: dict[str, list[Manifest]], policy: Policy) -> None:
    assert list(policy(rendered["prod"])) == []


def test_every_overlay_has_the_four_services(manifests: list[Manifest]) -> None:
    assert set(services(manifests)) == {"gateway", "auth", "converter", "notification"}


def test_the_overlays_truly_differ(rendered: dict[str, list[Manifest]]) -> None:
    """Development has the servers inside and one pod of each; production has TLS and a store of secrets instead."""
    development, production = rendered["dev"], rendered["prod"]

    assert {server["metadata"]["name"] for server in of_kind(development, "StatefulSet")} == {
        "mysql",
        "mongodb",
        "rabbitmq",
        "mail",
    }
    assert of_kind(development, "HorizontalPodAutoscaler", "ScaledObject", "Ingress") == []
    assert of_kind(production, "StatefulSet") == []
    (ingress,) = of_kind(production, "Ingress")
    assert ingress["spec"]["tls"] == [
        {"hosts": [rule["host"] for rule in ingress["spec"]["rules"]], "secretName": "tracklift-tls"}
    ]
    assert len(of_kind(production, "ExternalSecret")) == 5


def test_the_host_of_the_ingress_is_that_of_the_public_address(rendered: dict[str, list[Manifest]]) -> None:
    """It is written in one place."""
    (address,) = [
        config_map["data"]["url"]
        for config_map in of_kind(rendered["prod"], "ConfigMap")
        if config_map["metadata"]["name"].startswith("public-address")
    ]
    (ingress,) = of_kind(rendered["prod"], "Ingress")

    assert address == f"https://{ingress['spec']['rules'][0]['host']}"


def test_the_namespace_refuses_what_is_not_restricted(manifests: list[Manifest]) -> None:
    (namespace,) = of_kind(manifests, "Namespace")

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {
        manifest["metadata"].get("namespace") for manifest in manifests if manifest["kind"] != "Namespace"
    } == {namespace["metadata"]["name"]}
