"""Everything that is rendered is what Kubernetes' own schemas describe."""

import kubernetes_validate
import pytest
from tests.k8s import rendering

# The version of the real cluster that the tests use, and the newest that the schemas know.
VERSIONS = ("1.34", "1.37")
CUSTOM = {"ScaledObject", "PodMonitor"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_a_rendered_overlay_is_valid(overlay: str, version: str) -> None:
    for each in rendering.objects(f"overlays/{overlay}"):
        if each["kind"] not in CUSTOM:
            kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_no_two_objects_have_one_name(overlay: str) -> None:
    names = [(o["kind"], o["metadata"]["name"]) for o in rendering.objects(f"overlays/{overlay}")]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("overlay", rendering.OVERLAYS)
def test_everything_is_in_the_namespace_of_the_lab(overlay: str) -> None:
    for each in rendering.objects(f"overlays/{overlay}"):
        if each["kind"] != "Namespace":
            assert each["metadata"]["namespace"] == "laptop-lab", each["metadata"]["name"]


def test_one_file_holds_one_resource_and_is_named_by_its_kind() -> None:
    for path in sorted((rendering.K8S / "base").rglob("*.yaml")):
        documents = list(rendering.yaml.safe_load_all(path.read_text()))
        assert len(documents) == 1, path
        kind = documents[0]["kind"].lower()
        assert path.stem == kind or path.parent.name == "network", path
