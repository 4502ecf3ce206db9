"""Which systems there are."""

from __future__ import annotations

from typing import Any, Final

from bridge.domain.policy import Deed, demand
from bridge.flows.strain import strains
from web.api.call import Call, Route, iso
from web.settings import SystemFacts


def find(call: Call) -> dict[str, Any]:
    """Every configured system with the limits of its policy; nothing of how it is reached."""
    demand(call.caller, Deed.SEE_SYSTEMS)
    with call.kit.store.look() as work:
        found = work.conditions.all()
    silent_after = call.settings.site.silent_after
    found_strains = strains(call.kit.store, call.kit.systems, call.kit.clock.now(), silent_after)
    strained = {one.system: one for one in found_strains}
    systems = []
    for name, policy in sorted(call.kit.systems.items()):
        facts = call.settings.systems.get(name, SystemFacts(title=name, product="unknown"))
        systems.append(
            {
                "name": name,
                "title": facts.title,
                "product": facts.product,
                "policy": policy.name,
                "delivery": policy.delivery,
                "view": policy.view,
                "factors": list(policy.factors),
                "approvals": policy.approvals,
                "link_ttl": int(policy.link_ttl.total_seconds()),
                "unused_ttl": int(policy.unused_ttl.total_seconds()),
                "conditions": [
                    {"node": one.node, "reach": one.reach.value, "since": iso(one.at), "heard": iso(one.heard)}
                    for one in found
                    if one.system == name
                ],
                "degraded": list(strained[name].why),
                "waiting": strained[name].waiting,
                "working": strained[name].working,
            }
        )
    return {"systems": systems}


ROUTES: Final = (
    Route(
        method="GET",
        path="/systems",
        name="systems",
        summary="The systems and the limits of their policies; times in seconds.",
        answer=find,
        schema="Systems",
    ),
)
