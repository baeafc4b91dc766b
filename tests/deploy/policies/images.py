"""Images of which one knows what they are."""

from collections.abc import Iterator, Sequence

from tests.deploy.manifests import Manifest, containers, title


def images_are_pinned(manifests: Sequence[Manifest]) -> Iterator[str]:
    """Find images without a tag or with the moving one, `latest`."""
    for workload, container in containers(manifests):
        _, _, rest = container["image"].rpartition("/")
        name, _, tag = rest.partition(":")
        if "@sha256:" in container["image"]:
            continue
        if tag in {"", "latest"}:
            yield f"{title(workload)}: image {name} may be any release"
