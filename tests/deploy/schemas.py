"""Whether a manifest has the form that its kind asks for."""

from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema
import kubernetes_validate

from tests.deploy.manifests import Manifest, title

KUBERNETES = ("1.32", "1.37")
"""The oldest release for which the manifests are, and the newest of which there are schemas."""

_TEXT = {"type": "string", "minLength": 1}


def _closed(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Describe an object with these fields and no other."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _many(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item, "minItems": 1}


_SELECTOR = _closed(
    {}, {"matchLabels": {"type": "object"}, "matchExpressions": _many({"type": "object"})}
) | {"minProperties": 1}
_SCALED_OBJECT = _closed(
    {
        "scaleTargetRef": _closed({"name": _TEXT}),
        "minReplicaCount": {"type": "integer", "minimum": 1},
        "maxReplicaCount": {"type": "integer"},
        "pollingInterval": {"type": "integer"},
        "fallback": _closed({"failureThreshold": {"type": "integer"}, "replicas": {"type": "integer"}}),
        "advanced": _closed({"horizontalPodAutoscalerConfig": _closed({"behavior": {"type": "object"}})}),
        "triggers": _many(
            _closed(
                {
                    "type": {"const": "rabbitmq"},
                    # KEDA takes figures and truth values as text here.
                    "metadata": _closed(
                        {
                            "protocol": {"enum": ["http", "amqp", "auto"]},
                            "mode": {"enum": ["QueueLength", "MessageRate"]},
                            "queueName": _TEXT,
                            "value": {"type": "string", "pattern": "^[0-9]+$"},
                            "excludeUnacknowledged": {"enum": ["true", "false"]},
                        }
                    ),
                    "authenticationRef": _closed({"name": _TEXT}),
                }
            )
        ),
    }
)
_POD_MONITOR = _closed(
    {
        "selector": _SELECTOR,
        "podMetricsEndpoints": _many(
            _closed(
                {"port": _TEXT, "path": _TEXT, "interval": {"type": "string", "pattern": "^[0-9]+s$"}},
                {"params": {"type": "object", "additionalProperties": _many(_TEXT)}},
            )
        ),
    },
    {"podTargetLabels": _many(_TEXT)},
)
_RULE = _closed(
    {
        "alert": {"type": "string", "pattern": "^Tracklift[A-Za-z]+$"},
        "expr": _TEXT,
        "labels": _closed({"severity": {"enum": ["critical", "warning"]}}),
        "annotations": _closed({"summary": _TEXT, "description": _TEXT}),
    },
    {"for": {"type": "string", "pattern": "^[0-9]+m$"}},
)
_EXTERNAL_SECRET = _closed(
    {
        "refreshInterval": _TEXT,
        "secretStoreRef": _closed({"kind": {"enum": ["SecretStore", "ClusterSecretStore"]}, "name": _TEXT}),
        "target": _closed({"name": _TEXT, "creationPolicy": {"enum": ["Owner", "Orphan", "Merge", "None"]}}),
        "data": _many(_closed({"secretKey": _TEXT, "remoteRef": _closed({"key": _TEXT, "property": _TEXT})})),
    }
)
CUSTOM: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("keda.sh/v1alpha1", "ScaledObject"): _SCALED_OBJECT,
    ("keda.sh/v1alpha1", "TriggerAuthentication"): _closed(
        {"secretTargetRef": _many(_closed({"parameter": _TEXT, "name": _TEXT, "key": _TEXT}))}
    ),
    ("monitoring.coreos.com/v1", "PodMonitor"): _POD_MONITOR,
    ("monitoring.coreos.com/v1", "PrometheusRule"): _closed(
        {"groups": _many(_closed({"name": _TEXT, "rules": _many(_RULE)}))}
    ),
    ("external-secrets.io/v1", "ExternalSecret"): _EXTERNAL_SECRET,
}
"""The `spec` of kinds that a cluster does not have by itself: the fields that are used here, as their projects document
them. It finds what is misspelt or of another type; it does not know all that those projects allow."""


def breaches(manifest: Manifest, version: str) -> Iterator[str]:
    """Find what is missing, unknown or of another type, for a release of Kubernetes."""
    schema = CUSTOM.get((manifest["apiVersion"], manifest["kind"]))
    try:
        if schema is None:
            kubernetes_validate.validate(dict(manifest), version, strict=True)
        else:
            jsonschema.validate(manifest["spec"], schema)
    except jsonschema.ValidationError as error:
        yield f"{title(manifest)}: {error.message} at {'.'.join(map(str, error.absolute_path))}"
    except kubernetes_validate.SchemaNotFoundError as error:
        yield f"{title(manifest)}: {error.message}"
