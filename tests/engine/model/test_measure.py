"""In how many pieces a grid lies, before an exchange and after it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridplan.engine.model.grids import MEDIAN, NOBODY, gather
from gridplan.engine.model.measure import pieces_after
from gridplan.engine.model.parts import pieces
from gridplan.engine.model.problem import plane_problem
from gridplan.engine.model.proximity import Graph, Locations, adjacency


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=40), st.randoms())
def test_pieces_are_counted_as_on_the_graph_of_who_will_be_there(points, luck):
    locations = Locations.distinct(np.array(points, float))
    edges, n, m = adjacency(locations.xy), len(points), len(locations.xy)
    problem = plane_problem(locations, Graph.of_edges(edges, m), least=0, most=n)
    label = np.array([luck.randrange(3) for _ in range(n)])
    grids = gather(problem.space, problem.load, MEDIAN, label, 3, n)
    for g in range(3):
        inside, outside = np.flatnonzero(label == g).tolist(), np.flatnonzero(label != g).tolist()
        leaver, enterer = luck.choice([NOBODY, *inside]), luck.choice([NOBODY, *outside])
        there = {int(locations.of[i]) for i in {*inside, enterer} - {leaver, NOBODY}}
        within = edges[[a in there and b in there for a, b in edges.tolist()]]
        expected = len(set(pieces(within, m)[sorted(there)]))
        assert pieces_after(problem.places, grids, g, leaver, enterer) == expected
