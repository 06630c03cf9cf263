"""Re-checks a finished plan from its file alone, with code that shares nothing with what made the plan.

Every check works its numbers out anew and yields findings: violations, and notes on what the plan itself lists as an
exception. The body of `verify` is the list of what is checked.
"""

from __future__ import annotations

from pathlib import Path

from gridplan.verify.findings import Finding, shortened
from gridplan.verify.layers import plan_of, read_layers
from gridplan.verify.membership import (
    blanks_and_repeats,
    counts,
    exceptions,
    grid_rows,
    leads,
    left_out,
    memberships,
    sizes,
)
from gridplan.verify.outlines import overlaps, pieces, positions, shapes, strays, tilings
from gridplan.verify.site import sites_of
from gridplan.verify.walking import splits, walks

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
    sites = tuple(sites_of(plan))
    findings = [
        *blanks_and_repeats(layers, plan),
        *memberships(plan),
        *grid_rows(plan),
        *left_out(plan),
        *counts(plan),
        *sizes(plan),
        *exceptions(plan),
        *positions(plan, sites),
        *splits(sites),
        *walks(plan, sites),
        *shapes(plan, sites),
        *tilings(sites),
        *overlaps(plan, sites),
        *strays(sites),
        *pieces(sites),
        *leads(plan),
    ]
    return tuple(shortened(sorted(findings, key=lambda finding: finding.is_note)))
