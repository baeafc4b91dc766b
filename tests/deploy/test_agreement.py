"""What manifests say of the code is so: ports, paths, queues, times, figures."""

import importlib
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from litestar import Router
from litestar.testing import TestClient
from litestar.types import ControllerRouterHandler

from tests.deploy.app_environments import SETTINGS, app_of, environment_of, load, write_secret_files
from tests.deploy.kustomize import FOLDER
from tests.deploy.manifests import Manifest, of_kind, pod_spec, services
from tracklift_adapters.http.application.operations import operation_routes
from tracklift_adapters.http.application.operations_app import create_operations_app
from tracklift_adapters.http.files.web_files import WebFile
from tracklift_adapters.http.openapi.documentation import documentation_routes
from tracklift_adapters.http.server.metrics_app import create_metrics_app
from tracklift_adapters.mongodb import database
from tracklift_adapters.rabbitmq import server_list
from tracklift_adapters.rabbitmq.topology import dead_queue
from tracklift_converter.subscription import converter_subscription
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.messaging.queues import QUEUES
from tracklift_gateway.routes import GATEWAY_ROUTES
from tracklift_gateway.routes.accounts import ACCOUNT_ROUTES
from tracklift_gateway.routes.web_pages import web_routes
from tracklift_gateway.web_application import WebApplication

FIGURES_OF_OTHERS = {
    "up",  # Prometheus itself
    "kube_pod_status_ready",  # kube-state-metrics
    "kube_job_status_failed",
    "kube_job_status_succeeded",
    "rabbitmq_detailed_queue_messages",  # RabbitMQ's plugin, family queue_coarse_metrics
    "rabbitmq_detailed_queue_messages_ready",
}
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
"""Of the names of samples, by the kind of their family (OpenMetrics 1.0)."""
AFTER_THE_DRAIN = database._PATIENCE + server_list.PATIENCE
"""How long giving a conversion back may take, once it is stopped: a write to MongoDB, and a word to RabbitMQ."""
SERVICES = ("gateway", "auth", "converter", "notification")
_NAMED = [path.name for path in (FOLDER.parents[1] / "apps" / "web" / "public").iterdir()]
WEB = WebApplication.of({name: WebFile(b"", "text/plain") for name in _NAMED})
"""The web application as it is built: its files with names that stay are those of a folder."""


def paths_of(handlers: Sequence[ControllerRouterHandler]) -> set[str]:
    """Give the paths of route handlers and routers."""
    return {route.path for route in Router(path="/", route_handlers=handlers).routes}


OPERATIONS = paths_of(operation_routes({}))


def settings_of(manifests: list[Manifest], service: str, place: Path) -> Any:
    """Give the settings that a service reads."""
    workload = services(manifests)[service]
    (container,) = pod_spec(workload)["containers"]
    write_secret_files(manifests, workload, container, place)
    return load(SETTINGS[app_of(container)], environment_of(manifests, container), place)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_listens_where_the_cluster_asks(
    manifests: list[Manifest], tmp_path: Path, service: str
) -> None:
    """At every address of its pod, and at the port that is declared; probes ask what the app answers."""
    settings = settings_of(manifests, service, tmp_path)
    (container,) = pod_spec(services(manifests)[service])["containers"]

    assert settings.host == "0.0.0.0"  # noqa: S104  # within a pod
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert (settings.metrics_host, ports["metrics"]) == settings.metrics_address
    assert settings.metrics_host == settings.host
    assert ports == {"http": settings.port, "metrics": ports["metrics"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["path"] in OPERATIONS
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_figures_are_asked_for_by_monitoring_alone(rendered: dict[str, list[Manifest]]) -> None:
    """No Service and no Ingress leads to them, and no policy lets anybody else in."""
    manifests = rendered["prod"]
    to_ports = {
        port["targetPort"]
        for one in of_kind(manifests, "Service")
        if one["metadata"]["name"] in SERVICES
        for port in one["spec"]["ports"]
    }
    opened_by = {
        policy["metadata"]["name"]
        for policy in of_kind(manifests, "NetworkPolicy")
        for rule in policy["spec"].get("ingress") or ()
        for port in rule.get("ports", ())
        if port["port"] in {"metrics", 9080, 9081, 9082, 9083}
    }

    assert to_ports == {"http"}
    assert opened_by <= {"from-monitoring", "rabbitmq-from-monitoring"}
    assert "from-monitoring" in opened_by


def test_prometheus_on_one_machine_asks_where_the_services_give_their_figures() -> None:
    """As `make up PROFILE=monitoring` starts it; in containers each service has its default ports."""
    text = (FOLDER.parents[1] / "deploy/monitoring/prometheus.yaml").read_text()
    asked = dict(re.findall(r"names: \[(\w+)\], type: A, port: (\d+)", text))

    settings: Mapping[tuple[str, ...], Any] = SETTINGS
    assert asked == {service: str(settings[service,].port + 1000) for service in SERVICES}
    published = re.findall(r":(\d+)\"", (FOLDER.parents[1] / "compose.yaml").read_text())
    assert not set(published) & set(asked.values())


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_given_the_time_that_its_drain_takes(
    manifests: list[Manifest], tmp_path: Path, service: str
) -> None:
    """Else it would be killed, and a conversion stay with a dead worker until its lease ends."""
    settings = settings_of(manifests, service, tmp_path)
    spec = pod_spec(services(manifests)[service])
    (container,) = spec["containers"]
    lingers = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    needed = timedelta(seconds=lingers) + settings.drain + AFTER_THE_DRAIN

    assert timedelta(seconds=spec["terminationGracePeriodSeconds"]) >= needed


def test_the_gateway_finds_auth(manifests: list[Manifest], tmp_path: Path) -> None:
    ports = {
        service["metadata"]["name"]: service["spec"]["ports"][0]["port"]
        for service in of_kind(manifests, "Service")
    }

    assert settings_of(manifests, "gateway", tmp_path).auth_url == f"http://auth:{ports['auth']}"
    assert ports["auth"] == settings_of(manifests, "auth", tmp_path).port


def test_the_converter_writes_where_it_may(manifests: list[Manifest], tmp_path: Path) -> None:
    (container,) = pod_spec(services(manifests)["converter"])["containers"]
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}

    assert writable == {str(settings_of(manifests, "converter", tmp_path).scratch_folder)}


def test_converters_are_scaled_by_their_queue(rendered: dict[str, list[Manifest]], tmp_path: Path) -> None:
    """With those at work counted, and no more pods than there is work for."""
    (scaler,) = of_kind(rendered["prod"], "ScaledObject")
    (trigger,) = scaler["spec"]["triggers"]
    slots = settings_of(rendered["prod"], "converter", tmp_path).converters

    assert trigger["metadata"]["queueName"] == converter_subscription(slots).queue
    assert trigger["metadata"]["protocol"] == "http"
    assert trigger["metadata"]["excludeUnacknowledged"] == "false"
    assert int(trigger["metadata"]["value"]) >= slots


def test_the_ingress_leads_to_every_public_path_and_to_no_other(manifests: list[Manifest]) -> None:
    (ingress,) = [one for one in of_kind(manifests, "Ingress") if one["metadata"]["name"] == "tracklift"]
    (rule,) = ingress["spec"]["rules"]
    opened = [entry["path"] for entry in rule["http"]["paths"]]

    def is_open(path: str) -> bool:
        return any(path == prefix or path.startswith(f"{prefix}/") for prefix in opened)

    public = paths_of([*GATEWAY_ROUTES, *ACCOUNT_ROUTES, *documentation_routes(), *web_routes(WEB)]) | {
        "/v1/openapi.json"
    }
    assert [path for path in sorted(public) if not is_open(path)] == []
    assert [path for path in sorted(OPERATIONS) if is_open(path)] == []
    assert [prefix for prefix in opened if not any(path.startswith(prefix) for path in public)] == []


def rules(manifests: list[Manifest]) -> list[Any]:
    """Give the alerts."""
    (rule,) = of_kind(manifests, "PrometheusRule")
    return [alert for group in rule["spec"]["groups"] for alert in group["rules"]]


def dashboard(manifests: list[Manifest]) -> list[str]:
    """Give what the panels ask Prometheus."""
    (config,) = [
        one for one in of_kind(manifests, "ConfigMap") if one["metadata"]["name"] == "tracklift-dashboard"
    ]
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    panels = json.loads(config["data"]["dashboard.json"])["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_alerts_and_dashboard_look_at_figures_that_are_exported(rendered: dict[str, list[Manifest]]) -> None:
    """Of whatever a service wires: a figure exists once its module is imported."""
    for service in SERVICES:
        importlib.import_module(f"tracklift_{service}.container")
    with TestClient(create_operations_app("converter", {})) as client:
        client.get("/healthz")
    with TestClient(create_metrics_app()) as client:
        families = re.findall(r"^# TYPE (\w+) (\w+)$", client.get("/metrics").text, re.MULTILINE)
    exported = {name + suffix for name, kind in families for suffix in SUFFIXES.get(kind, [""])}
    questions = [alert["expr"] for alert in rules(rendered["prod"])] + dashboard(rendered["prod"])
    named = {
        name
        for question in questions
        for name in re.findall(r"\b((?:tracklift|process)_\w+|\w+(?=\s*\{))", question)
    }

    assert named - exported == FIGURES_OF_OTHERS
    assert any(name.startswith("tracklift_") for name in named)


def test_the_dashboard_knows_which_failures_are_ours(rendered: dict[str, list[Manifest]]) -> None:
    """Those that may pass when the user does nothing."""
    patterns = {
        pattern
        for question in dashboard(rendered["prod"])
        for pattern in re.findall(r'outcome=~"([^"]+)"', question)
    }

    assert [set(pattern.split("|")) for pattern in patterns] == [
        {code.value for code in FailureCode if not code.is_final}
    ]


def test_alerts_know_every_queue(rendered: dict[str, list[Manifest]]) -> None:
    patterns = {
        alert["alert"]: re.findall(r'queue=~?"([^"]+)"', alert["expr"])[0]
        for alert in rules(rendered["prod"])
        if "queue=" in alert["expr"]
    }
    dead = {dead_queue(queue) for queue in QUEUES}

    assert {queue for queue in dead if re.fullmatch(patterns["TrackliftDeadLetters"], queue)} == dead
    for pattern in patterns.values():
        assert any(re.fullmatch(pattern, queue) for queue in {*QUEUES, *dead}), pattern


def test_alerts_name_services_as_their_figures_do(rendered: dict[str, list[Manifest]]) -> None:
    """The monitor scrapes the four, and keeps the label by which the rules name them."""
    monitor = next(
        one for one in of_kind(rendered["prod"], "PodMonitor") if one["metadata"]["name"] == "tracklift"
    )
    (down,) = [alert["expr"] for alert in rules(rendered["prod"]) if alert["alert"] == "TrackliftServiceDown"]

    endpoint = monitor["spec"]["podMetricsEndpoints"][0]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
    assert {route.path for route in create_metrics_app().routes} == {"/metrics"}
    assert set(monitor["spec"]["selector"]["matchExpressions"][0]["values"]) == set(SERVICES)
    assert monitor["spec"]["podTargetLabels"] == ["app.kubernetes.io/name"]
    assert '{app_kubernetes_io_name=~"gateway|auth|converter|notification"}' in down


def test_secrets_of_development_are_not_kept_by_git() -> None:
    ignored = (FOLDER / "overlays" / "dev" / ".gitignore").read_text(encoding="utf-8").splitlines()

    assert "/secrets/" in ignored


def test_no_secret_is_written_in_the_repository() -> None:
    """Secrets are made of files, which git ignores, or by a store outside."""
    documents = [
        (path.relative_to(FOLDER), document)
        for path in FOLDER.rglob("*.yaml")
        for document in yaml.load_all(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    ]
    literal = [path for path, document in documents if document.get("kind") == "Secret"]
    literal += [
        path
        for path, document in documents
        for generator in document.get("secretGenerator", ())
        if set(generator) != {"name", "files"} or not all("secrets/" in file for file in generator["files"])
    ]

    assert literal == []
    assert any("secretGenerator" in document for _, document in documents)


def test_secrets_that_are_there_stay_when_they_are_made_again(kustomize_copy: Path) -> None:
    """The servers keep the passwords with which they were started first."""
    folder = kustomize_copy / "overlays" / "dev"
    before = {file.name: file.read_bytes() for file in (folder / "secrets").iterdir()}

    subprocess.run([folder / "create-secrets"], check=True)

    assert {file.name: file.read_bytes() for file in (folder / "secrets").iterdir()} == before
    assert all(file.stat().st_mode & 0o077 == 0 for file in (folder / "secrets").iterdir())
    assert all(len(content) > 20 for content in before.values())
