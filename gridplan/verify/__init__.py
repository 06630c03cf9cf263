"""Re-checks a finished plan from its file alone, with code that shares nothing with what made the plan.

Every check works its numbers out anew and yields findings: violations, and notes on what the plan itself lists as an
exception. The body of `verify` is the list of what is checked.
"""

from __future__ import annotations

from pathlib import Path

from gridplan.verify import membership, outlines, parts, walking
from gridplan.verify.findings import Finding, shortened
from gridplan.verify.layers import plan_of, read_layers

__all__ = ["Finding", "verify"]


def verify(path: Path) -> tuple[Finding, ...]:
    """Return everything that is wrong with the plan in a GeoPackage: violations first, then notes.

    Of each rule the first findings are given one by one and the others as one finding with their number.

    Raises
    ------
    InputRefused
        There is no such file, it is not a GeoPackage in degrees, or a layer or column of a plan is missing.
    """
    layers = read_layers(path)
    plan = plan_of(layers)
    sites = tuple(outlines.sites_of(plan))
    parted = {site.name: found for site in sites if (found := parts.parts(site.xy)).any()}
    findings = [
        *membership.blanks_and_repeats(layers, plan),
        *membership.memberships(plan),
        *membership.grid_rows(plan),
        *membership.left_out(plan),
        *membership.counts(plan),
        *membership.sizes(plan, frozenset(parted)),
        *membership.exceptions(plan),
        *outlines.positions(plan, sites),
        *parts.crossings(plan, sites, parted),
        *walking.splits(sites),
        *walking.walks(plan, sites),
        *outlines.shapes(plan, sites),
        *outlines.tilings(sites),
        *outlines.overlaps(plan, sites),
        *outlines.strays(sites),
        *outlines.pieces(sites),
        *membership.leads(plan),
        *membership.party_groups(plan),
    ]
    return tuple(shortened(sorted(findings, key=lambda finding: finding.is_note)))
