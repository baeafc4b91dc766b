"""Limits on the requests of one client, and on the password guesses at one account."""

from collections.abc import Mapping, Sequence

from tracklift_adapters.http.callers.bearer import caller_provider
from tracklift_adapters.http.callers.guess_limits import GuessLimits
from tracklift_adapters.http.callers.shared_guess_counts import SharedGuessCounts
from tracklift_adapters.http.limits.rate_limits import DEFAULT_RATE_LIMITS, RateLimit
from tracklift_adapters.http.limits.request_limits import RequestLimits
from tracklift_adapters.http.limits.shared_rate_limits import RateLimits
from tracklift_adapters.in_memory.guess_counts import InMemoryGuessCounts
from tracklift_domain.rate_counts import RateCounts
from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_domain.user.password.ports import GuessCounts
from tracklift_gateway.use_cases import GatewayUseCases


def gateway_limits(
    use_cases: GatewayUseCases,
    rate_limits: Mapping[str, RateLimit] = DEFAULT_RATE_LIMITS,
    *,
    shared_counts: RateCounts | None = None,
    shared_guesses: GuessCounts | None = None,
) -> Sequence[RequestLimits]:
    """Make the limits, in the order in which they are checked.

    `rate_limits` apply per client; routes refer to them by name. `shared_counts` and `shared_guesses` are
    shared by all gateways; without them, this gateway counts on its own.
    """
    policy = GuessPolicy()
    guesses: GuessCounts = InMemoryGuessCounts(policy)
    if shared_guesses is not None:
        guesses = SharedGuessCounts(shared_guesses, guesses)
    caller_of = caller_provider(
        use_cases.identify_bearer(), use_cases.session_cookies(), use_cases.key_look_ups()
    )
    return [
        RateLimits(rate_limits, shared_counts),
        GuessLimits(guesses, policy, use_cases.host_cookies(), caller_of),
    ]
