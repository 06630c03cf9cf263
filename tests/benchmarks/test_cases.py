"""The villages that are cut in benchmarks: the same at every run, and each of its kind."""

import numpy as np

from benchmarks.cases import flats, mixed, places, river


def test_places_are_the_same_at_every_run_and_can_be_cut():
    for case, again in zip(places(500, 1), places(500, 1), strict=True):
        assert (case.xy == again.xy).all()
        assert len(case.xy) == 500
        assert case.least * case.k <= 500 <= case.most * case.k


def test_every_place_is_of_its_kind():
    far, dense, parted, of_hamlets = places(500, 0)
    from_middle = np.linalg.norm(far.xy - np.median(far.xy, axis=0), axis=1)
    assert 30 <= (from_middle > 1_500).sum() <= 60
    shared = np.unique(flats(500, 0).xy, axis=0, return_counts=True)[1]
    assert 300 <= shared[shared >= 12].sum() == 500 - (shared == 1).sum()
    assert (dense.xy == flats(500, 0).xy).all()
    x, y = np.transpose(river(500, 0).river.coords)
    assert np.abs(parted.xy[:, 1] - np.interp(parted.xy[:, 0], x, y)).min() >= 40
    north = (parted.xy[:, 1] > np.interp(parted.xy[:, 0], x, y)).astype(int)
    assert mixed(parted, north) == 0 < mixed(parted, 0 * north)
    assert mixed(of_hamlets, of_hamlets.hamlet) == 0
    assert mixed(of_hamlets, of_hamlets.hamlet // 2) > 0
