"""The drill of `make drill`, on the node that the other tests use, too."""

import pytest

from bulkhead_cluster.cluster import Cluster
from bulkhead_demo.drill.attacks import THEMES
from bulkhead_demo.drill.drill import DOCUMENT, run_drill
from bulkhead_demo.drill.ground import ground_of
from bulkhead_demo.drill.report import document, unexpected_lines

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(900), pytest.mark.xdist_group("thieves")]


def test_no_thief_gets_more_than_the_boundary_report_lists_and_the_document_says_so(cluster: Cluster) -> None:
    results = run_drill(ground_of(cluster))
    assert unexpected_lines(results) == []
    assert DOCUMENT.read_text() == document(THEMES, results), "run `make drill` and commit what it writes"
