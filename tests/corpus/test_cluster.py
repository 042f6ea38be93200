"""Ray: the same files as on one machine, whoever dies."""

from __future__ import annotations

import os
import time

import pytest

from limelight import InputError, explain_corpus
from limelight.corpus import files, source
from limelight.corpus.begin import begun
from limelight.corpus.options import Pooling
from limelight.predictors.options import Loading
from tests.corpus.models import Deadly, Negated, Slow, Sum, files_in, texts_of

ADDRESS = "127.0.0.2"  # of the loopback device alone; Ray puts the machine's own in the place of 127.0.0.1


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    """A hundred texts a shard."""
    monkeypatch.setattr(source, "SHARD", 100)


@pytest.fixture(scope="module")
def ray():
    """Ray on this machine, with two workers."""
    ray = pytest.importorskip("ray", reason="needs the extra ray")
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    ray.init(num_cpus=2, include_dashboard=False, _node_ip_address=ADDRESS, log_to_driver=False, **SMALL)
    yield ray
    ray.shutdown()


SMALL = {"object_store_memory": 100 * 2**20}


def test_without_ray_one_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    with pytest.raises(InputError, match="Ray is not installed.*pip install 'limelight\\[ray\\]'"):
        explain_corpus(["good film"], Sum(), out=tmp_path / "out", engine="ray")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow  # starts Ray
def test_the_same_files_as_on_one_machine(ray, tmp_path):
    texts = texts_of(450)
    explain_corpus(texts, Negated(), out=tmp_path / "here")
    explain_corpus(texts, Negated(), out=tmp_path / "ray", engine="ray")
    assert files_in(tmp_path / "ray") == files_in(tmp_path / "here")


@pytest.mark.slow  # starts Ray
def test_a_dataset_of_ray_is_read_in_its_order(ray, tmp_path):
    data = pytest.importorskip("ray.data", reason="needs the extra ray")
    texts = texts_of(250)
    explain_corpus(texts, Sum(), out=tmp_path / "here")
    dataset = data.from_items([{"text": text} for text in texts], override_num_blocks=5)
    explain_corpus(dataset, Sum(), out=tmp_path / "ray")
    assert files_in(tmp_path / "ray") == files_in(tmp_path / "here")


@pytest.mark.slow  # starts Ray
def test_a_worker_of_ray_that_is_killed_is_replaced(ray, tmp_path):
    texts, mark = texts_of(350), str(tmp_path / "mark")
    explain_corpus(texts, Sum(), out=tmp_path / "whole")
    explain_corpus(texts, Deadly(mark), out=tmp_path / "out", engine="ray")
    assert os.path.exists(mark) and files_in(tmp_path / "out") == files_in(tmp_path / "whole")


@pytest.mark.slow  # starts Ray
def test_closing_ends_what_ray_is_at(ray, tmp_path):
    steps = begun(texts_of(1500), Slow(0.02), tmp_path / "out", Pooling(engine="ray"), Loading())
    for step in steps:
        if step.texts:
            break
    steps.close()
    time.sleep(2)
    done = len(files.parts(tmp_path / "out", files.TEXTS))
    time.sleep(2)
    assert len(files.parts(tmp_path / "out", files.TEXTS)) == done < 15
    assert isinstance(ray.is_initialized(), bool) and ray.is_initialized()  # who had begun it still has it


@pytest.mark.slow  # starts a cluster of two machines, and takes one away
def test_a_machine_that_dies_costs_what_it_was_at(tmp_path):
    ray = pytest.importorskip("ray", reason="needs the extra ray")
    from ray.cluster_utils import Cluster as Machines

    ray.shutdown()
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}
    head = {"num_cpus": 1, "node_ip_address": ADDRESS, "include_dashboard": False, **SMALL}
    machines = Machines(initialize_head=True, head_node_args=head)
    try:
        second = machines.add_node(num_cpus=1, node_ip_address=ADDRESS, **SMALL)
        ray.init(address=machines.address, _node_ip_address=ADDRESS, log_to_driver=False)
        texts, out = texts_of(900), tmp_path / "out"
        explain_corpus(texts, Slow(0.0), out=tmp_path / "whole")
        gone = False
        for step in begun(texts, Slow(0.02), out, Pooling(engine="ray"), Loading()):
            if step.texts >= 200 and not gone:
                machines.remove_node(second, allow_graceful=False)
                gone = True
        assert gone and files_in(out) == files_in(tmp_path / "whole")
    finally:
        ray.shutdown()
        machines.shutdown()
