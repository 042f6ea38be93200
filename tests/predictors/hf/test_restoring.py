"""What is set in a process while a model computes, and put back."""

from __future__ import annotations

import threading

import pytest
import torch

from limelight.predictors.hf.restoring import evaluating


@pytest.fixture(params=[True, False])
def before(request):
    """cuDNN's attention allowed or not, by whoever wrote the notebook."""
    found = torch.backends.cuda.cudnn_sdp_enabled()
    torch.backends.cuda.enable_cudnn_sdp(request.param)
    yield request.param
    torch.backends.cuda.enable_cudnn_sdp(found)


def test_attention_plans_nothing_while_a_model_computes(before):
    model = torch.nn.Linear(1, 1)
    assert evaluating(model, torch.backends.cuda.cudnn_sdp_enabled) is False
    assert torch.backends.cuda.cudnn_sdp_enabled() is before


def test_the_setting_comes_back_when_the_last_of_two_has_computed(before):
    """Also where one fails, and they do not end in the order in which they began."""
    begun, failed, seen = threading.Event(), threading.Event(), []

    def first():
        begun.set()
        failed.wait(10)
        seen.append(torch.backends.cuda.cudnn_sdp_enabled())

    def second():
        begun.wait(10)
        raise ValueError

    other = threading.Thread(target=evaluating, args=(torch.nn.Linear(1, 1), first))
    other.start()
    with pytest.raises(ValueError):
        evaluating(torch.nn.Linear(1, 1), second)
    failed.set()
    other.join()
    assert seen == [False] and torch.backends.cuda.cudnn_sdp_enabled() is before
