"""Neighbours: the Delaunay graph of distinct locations, whatever the positions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridplan.engine.model.proximity import Graph, Locations, adjacency, rejoin

some_points = st.integers(1, 40).flatmap(
    lambda n: arrays(float, (n, 2), elements=st.floats(-1e3, 1e3, width=32) | st.sampled_from([0.0, 1.0, 2.0]))
)


def components(edges, count):
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(count, count))
    return connected_components(graph, directed=False)[0]


@settings(deadline=None)
@given(some_points)
def test_the_graph_joins_all_locations(X):
    locations = Locations.distinct(X)
    assert components(adjacency(locations.xy), len(locations.xy)) == 1


@settings(deadline=None)
@given(some_points)
def test_every_household_keeps_its_position(X):
    locations = Locations.distinct(X)
    assert np.allclose(locations.xy[locations.of], X - np.median(X, axis=0))


def test_a_square_has_both_diagonals():
    square = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]])
    assert len(adjacency(square)) == 6


def test_a_kite_has_one_diagonal():
    kite = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [20.0, 20.0]])
    assert adjacency(kite).tolist() == [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]]


def test_points_on_a_line_are_joined_in_their_order():
    line = np.array([[30.0, 3.0], [0.0, 0.0], [20.0, 2.0], [10.0, 1.0]])
    assert sorted(map(tuple, adjacency(line).tolist())) == [(0, 2), (1, 3), (2, 3)]


def test_large_offsets_change_nothing():
    points = np.random.default_rng(0).normal(size=(50, 2)) * 100
    far = Locations.distinct(points + [39_500_000, 4_000_000])
    near = Locations.distinct(points)
    assert adjacency(far.xy).tolist() == adjacency(near.xy).tolist()


def test_edges_that_join_what_fell_apart_are_kept():
    edges = np.array([[0, 1], [1, 2], [2, 3], [0, 2]])
    kept = rejoin(edges, np.array([True, False, True, False]), 4)
    assert kept.tolist() == [[0, 1], [1, 2], [2, 3], [0, 2]]
    assert rejoin(edges, np.array([True, True, True, False]), 4).tolist() == [[0, 1], [1, 2], [2, 3]]


def test_a_lattice_has_both_diagonals_of_every_square():
    lattice = np.argwhere(np.ones((6, 9))) * 20.0
    found = {tuple(np.sort(edge)) for edge in adjacency(lattice).tolist()}
    apart = np.abs(lattice[:, None] - lattice[None]).max(axis=2)
    assert found == {tuple(edge) for edge in np.argwhere(np.triu(apart == 20)).tolist()}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda ends: ends[0] < ends[1]), unique=True))
def test_rows_of_a_graph_hold_the_neighbours_in_order(edges):
    graph = Graph.of_edges(np.array(edges, np.int64).reshape(-1, 2), 11)
    for node in range(11):
        around = sorted({*(b for a, b in edges if a == node), *(a for a, b in edges if b == node)})
        assert graph.ends[graph.starts[node] : graph.starts[node + 1]].tolist() == around
