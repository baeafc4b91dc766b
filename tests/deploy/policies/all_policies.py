"""The policies that hold for every overlay, and those for production alone."""

from collections.abc import Callable, Iterator, Sequence

from tests.deploy.manifests import Manifest
from tests.deploy.policies import availability, images, network, pod_security, references, running, secrecy

Policy = Callable[[Sequence[Manifest]], Iterator[str]]
"""Gives a sentence for each breach."""

EVERYWHERE: Sequence[Policy] = (
    pod_security.pods_are_restricted,
    pod_security.own_containers_write_nowhere,
    pod_security.pods_have_no_rights_in_the_cluster,
    pod_security.scratch_is_bounded,
    images.images_are_pinned,
    running.containers_are_bounded,
    running.containers_are_probed,
    running.probes_ask_ports_that_are_declared,
    running.served_pods_linger,
    running.pods_spread,
    availability.replicated_pods_are_evicted_one_by_one,
    availability.scalers_own_the_number_of_pods,
    network.nothing_is_open_by_default,
    network.every_pod_has_a_policy_of_its_own,
    network.no_rule_is_wide_open,
    network.both_ends_agree,
    network.ports_are_listened_at,
    network.ingresses_are_let_in,
    references.config_maps_and_secrets_exist,
    references.mounts_have_volumes,
    references.selectors_find_their_pods,
    references.services_lead_to_ports,
    references.named_objects_exist,
    secrecy.no_secret_is_written_out,
)
IN_PRODUCTION: Sequence[Policy] = (
    availability.every_service_has_two_pods,
    secrecy.no_secret_is_rendered,
)
