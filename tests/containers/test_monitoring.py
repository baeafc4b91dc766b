"""Prometheus finds all services, and understands what alerts and dashboard ask it."""

import json
from typing import Any

import httpx
import pytest
import yaml

from tests.containers.system import COMPOSE_FILE, SERVICES, ComposedSystem
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample

# Thorough: they need one more image, and what they hold against Prometheus changes seldom.
pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.thorough, pytest.mark.timeout(300)]
MONITORING = COMPOSE_FILE.parent / "deploy" / "kustomize" / "components" / "monitoring"


def alerts() -> dict[str, str]:
    """Give the expressions of the alerts."""
    (document,) = yaml.safe_load_all((MONITORING / "rules.yaml").read_text())
    return {rule["alert"]: rule["expr"] for group in document["spec"]["groups"] for rule in group["rules"]}


def panels() -> dict[str, str]:
    """Give the expressions of the dashboard, with what Grafana puts in place of its variables."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    return {
        f"{panel['title']} {target['refId']}": target["expr"]
        .replace("$__rate_interval", "1m")
        .replace("$__range", "1h")
        for panel in dashboard["panels"]
        for target in panel["targets"]
    }


class Prometheus:
    """Answers questions about figures."""

    def __init__(self, address: str) -> None:
        self._address = address

    def is_ready(self) -> bool:
        """Tell whether it answers questions: it refuses them while it starts."""
        try:
            return httpx.get(f"{self._address}/-/ready", timeout=10).is_success
        except httpx.TransportError:
            return False

    def ask(self, expression: str) -> list[dict[str, Any]]:
        """Give what it finds; fail if it does not understand."""
        answer = httpx.get(f"{self._address}/api/v1/query", params={"query": expression}, timeout=10)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def services_up(self) -> set[str]:
        """Name those that answer it."""
        return {
            each["metric"].get("app_kubernetes_io_name", each["metric"]["job"])
            for each in self.ask("up == 1")
        }


@pytest.fixture(scope="module")
def prometheus(system: ComposedSystem) -> Prometheus:
    """Give a Prometheus that has found everybody."""
    system.run("up --detach --no-deps prometheus")
    prometheus = Prometheus(system.prometheus)

    wait_for(prometheus.is_ready, "Prometheus is ready")
    wait_for(
        lambda: prometheus.services_up() == {*SERVICES, "rabbitmq"},
        "Prometheus finds all services and RabbitMQ",
    )
    return prometheus


def test_a_conversion_shows_in_its_figures(system: ComposedSystem, prometheus: Prometheus) -> None:
    user = User(system.address, email="grace@example.org").sign_up()
    user.wait_for_end(user.upload(sample("one-second")))
    user.http.close()

    for figure in (
        'tracklift_conversions_ended_total{outcome="completed"}',
        'tracklift_events_handled_total{queue="converter", outcome="done"}',
        'tracklift_events_handled_total{queue="notification", outcome="done"}',
        'rabbitmq_detailed_queue_messages_ready{queue="converter"}',
    ):
        wait_for(lambda figure=figure: prometheus.ask(figure), f"{figure} is known")  # type: ignore[misc]


@pytest.mark.parametrize("alert", sorted(alerts()))
def test_an_alert_is_understood_and_silent_while_all_is_well(prometheus: Prometheus, alert: str) -> None:
    """What another test has stopped is known to be back with the next look, at the latest."""
    wait_for(lambda: not prometheus.ask(alerts()[alert]), f"{alert} is silent")


@pytest.mark.parametrize("panel", sorted(panels()))
def test_a_panel_of_the_dashboard_is_understood(prometheus: Prometheus, panel: str) -> None:
    prometheus.ask(panels()[panel])
