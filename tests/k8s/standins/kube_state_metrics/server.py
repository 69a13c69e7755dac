"""A stand-in for kube-state-metrics: the few metrics that are read here, asked for at a scrape."""

import argparse
import json
import ssl
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
API = "https://kubernetes.default.svc"
DEPLOYMENT = {
    "kube_deployment_spec_replicas": ("spec", "replicas"),
    "kube_deployment_status_replicas": ("status", "replicas"),
    "kube_deployment_status_replicas_ready": ("status", "readyReplicas"),
    "kube_deployment_status_replicas_available": ("status", "availableReplicas"),
    "kube_deployment_status_replicas_unavailable": ("status", "unavailableReplicas"),
}
HPA = {
    "kube_horizontalpodautoscaler_spec_min_replicas": ("spec", "minReplicas"),
    "kube_horizontalpodautoscaler_spec_max_replicas": ("spec", "maxReplicas"),
    "kube_horizontalpodautoscaler_status_current_replicas": ("status", "currentReplicas"),
    "kube_horizontalpodautoscaler_status_desired_replicas": ("status", "desiredReplicas"),
}
FAMILIES = (
    ("deployment", "/apis/apps/v1/namespaces/{}/deployments", DEPLOYMENT),
    (
        "horizontalpodautoscaler",
        "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
        HPA,
    ),
)


def items(path: str) -> list[dict[str, Any]]:
    token = (ACCOUNT / "token").read_text()
    request = urllib.request.Request(API + path, headers={"Authorization": f"Bearer {token}"})
    context = ssl.create_default_context(cafile=str(ACCOUNT / "ca.crt"))
    with urllib.request.urlopen(request, context=context, timeout=2) as answer:
        found: list[dict[str, Any]] = json.load(answer)["items"]
        return found


def lines(namespace: str) -> Iterator[str]:
    for label, path, metrics in FAMILIES:
        found = items(path.format(namespace))
        for metric, (part, key) in metrics.items():
            yield f"# TYPE {metric} gauge"
            for item in found:
                labels = f'namespace="{namespace}",{label}="{item["metadata"]["name"]}"'
                yield f"{metric}{{{labels}}} {item.get(part, {}).get(key, 0)}"


class Handler(BaseHTTPRequestHandler):
    namespace = ""

    def do_GET(self) -> None:
        text = "\n".join(lines(self.namespace)) + "\n" if self.path == "/metrics" else "ok"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("namespaces", "resources", "port", "telemetry-port"):
        parser.add_argument(f"--{name}")
    arguments = parser.parse_args()
    Handler.namespace = arguments.namespaces
    ThreadingHTTPServer(("", int(arguments.port)), Handler).serve_forever()


if __name__ == "__main__":
    main()
