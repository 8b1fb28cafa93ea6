"""The crawl benchmark measures what it says: a site whose every page can be reached, crawled whole by both."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench import crawl, crawl_queue, crawl_site

ROOT = Path(__file__).parents[2]


def test_every_page_of_the_mesh_can_be_reached_and_is_about_8_kb():
    pages = crawl_site.mesh()
    found, waiting = {"/page/0"}, ["/page/0"]
    while waiting:
        for link in re.findall(rb'href="([^"]+)"', pages[waiting.pop()][1]):
            if link.decode() not in found:
                found.add(link.decode())
                waiting.append(link.decode())
    assert found == set(pages)
    assert len(pages) == 2000
    assert 7000 < sum(len(body) for _, body in pages.values()) / len(pages) < 9000


def test_the_server_answers_faster_than_any_crawler_asks():
    with crawl._served("mesh", crawl._cores()[1]) as port:
        assert crawl_site.answers_per_s(port, "/page/7", 0.2) > 500


def test_a_filled_queue_holds_every_url(tmp_path):
    assert crawl_queue.fill(200, tmp_path) >= 200


@pytest.mark.slow
@pytest.mark.parametrize("module", ["bench.crawl_ours", "bench.crawl_bare"])
def test_the_whole_site_is_crawled(tmp_path, module):
    with crawl._served("mesh", crawl._cores()[1]) as port:
        argument = str(tmp_path) if module.endswith("ours") else "1"
        command = [sys.executable, "-m", module, f"http://127.0.0.1:{port}/page/0", argument]
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pages = json.loads(printed)
    assert (pages[0] if isinstance(pages, list) else pages) in (2000, 2001)


def test_the_ratio_is_the_median_of_the_pairs():
    ours = [crawl.Run(100, 1.0, seconds, 0) for seconds in (1.0, 2.0, 4.0)]
    bare = [crawl.Run(100, 1.0, 1.0, 0)] * 3
    assert crawl._ratio(ours, bare, "cpu_s") == 0.5
