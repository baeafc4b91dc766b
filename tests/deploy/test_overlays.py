"""Every overlay keeps every policy."""

import re

import pytest

from tests.deploy.kustomize import FOLDER
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
    assert of_kind(development, "HorizontalPodAutoscaler", "ScaledObject") == []
    assert [ingress for ingress in of_kind(development, "Ingress") if "tls" in ingress["spec"]] == []
    assert of_kind(production, "StatefulSet") == []
    (ingress,) = of_kind(production, "Ingress")
    assert ingress["spec"]["tls"] == [
        {"hosts": [rule["host"] for rule in ingress["spec"]["rules"]], "secretName": "tracklift-tls"}
    ]
    assert len(of_kind(production, "ExternalSecret")) == 5


def test_the_host_of_the_ingress_is_that_of_the_public_address(manifests: list[Manifest]) -> None:
    """It is written in one place, and the address says whether there is TLS."""
    (address,) = [
        config_map["data"]["url"]
        for config_map in of_kind(manifests, "ConfigMap")
        if config_map["metadata"]["name"].startswith("public-address")
    ]
    (ingress,) = [one for one in of_kind(manifests, "Ingress") if one["metadata"]["name"] == "tracklift"]
    scheme = "https" if "tls" in ingress["spec"] else "http"

    assert address == f"{scheme}://{ingress['spec']['rules'][0]['host']}"


def test_the_guide_names_the_hosts_that_the_overlay_opens(rendered: dict[str, list[Manifest]]) -> None:
    """In the line that tells the machine of them; no port is forwarded."""
    guide = (FOLDER.parents[1] / "docs/guides/minikube.md").read_text(encoding="utf-8")
    hosts = {
        rule["host"] for ingress in of_kind(rendered["dev"], "Ingress") for rule in ingress["spec"]["rules"]
    }
    (line,) = re.findall(r'echo "\$\(minikube ip\) (.+)"', guide)

    assert set(line.split()) == hosts
    assert "port-forward" not in guide
    assert "--addons=ingress" in guide


def test_the_namespace_refuses_what_is_not_restricted(manifests: list[Manifest]) -> None:
    (namespace,) = of_kind(manifests, "Namespace")

    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {
        manifest["metadata"].get("namespace") for manifest in manifests if manifest["kind"] != "Namespace"
    } == {namespace["metadata"]["name"]}
