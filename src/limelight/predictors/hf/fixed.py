"""A model as the linear map that it is at one input: norms, attention patterns and activations held as they are there.

What a transformer does with an input is linear once three things are held fixed: by how much
its norms divide, which tokens attend to which, and how far its activations let each number
through. Gradients through the rest follow what the model does with the input as it is, where
plain ones follow what would become of these three, too (Ali et al., ICML 2022; Golden, 2025).
Nothing is set in the model for that but hooks for the while: functions of torch are heard
where they are called.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

T = TypeVar("T")

SOFTMAX = {torch.softmax, F.softmax, torch.Tensor.softmax}
SPREADS = {torch.rsqrt, torch.Tensor.rsqrt}  # of norms that are written out
GATES = {F.gelu, F.relu, F.silu, F.leaky_relu, F.elu, F.hardswish, F.mish, F.softplus, F.relu6}
GATES |= {torch.tanh, torch.relu, torch.sigmoid, F.tanh, F.sigmoid}
GATES |= {torch.Tensor.tanh, torch.Tensor.relu, torch.Tensor.sigmoid}
PRODUCTS = {torch.mul, torch.Tensor.mul, torch.Tensor.__mul__, torch.Tensor.__rmul__}
GATE = "_limelight_gate"  # marks what an activation gave, of the tensor alone
# Activations that are modules: one of several steps is held as a whole.
ACTIVATIONS = ("transformers.activations", "torch.nn.modules.activation")


class Fixed(TorchFunctionMode):  # type: ignore[misc]  # torch is not typed here
    """While it lasts, what bends is held; heard in its own thread only.

    Attributes:
        norms, patterns, gates: how many of each were met.
    """

    def __init__(self) -> None:
        super().__init__()
        self.norms = self.patterns = self.gates = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in SOFTMAX:
            self.patterns += 1
            return func(*args, **kwargs).detach()
        if func in SPREADS:
            self.norms += 1
            return func(*args, **kwargs).detach()
        if func is F.layer_norm:
            self.norms += 1
            return _layer_norm(*args, **kwargs)
        if func is F.rms_norm:
            self.norms += 1
            return _rms_norm(*args, **kwargs)
        if func in GATES:
            self.gates += 1
            return gated(args[0], func(*args, **kwargs))
        if func in PRODUCTS and len(args) == 2 and all(isinstance(one, torch.Tensor) for one in args):
            # where an activation multiplies other numbers it is what lets them through
            args = [
                one.detach() if getattr(one, GATE, False) and other.requires_grad else one
                for one, other in zip(args, args[::-1], strict=True)
            ]
        return func(*args, **kwargs)


def gated(given: Any, answer: Any) -> Any:
    """What an activation made of something, as a share of it that is held."""
    with torch.no_grad():
        share = torch.where(given.abs() < 1e-6, 0.0, answer / given)
        rest = torch.addcmul(answer, given, share, value=-1)
    through = torch.addcmul(rest, given, share)
    setattr(through, GATE, True)
    return through


def _layer_norm(given: Any, shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    axes = tuple(range(-len(shape), 0))
    with torch.no_grad():
        rate = torch.native_layer_norm(given, shape, None, None, eps)[2].to(given.dtype)
        rate = rate if weight is None else rate * weight
    off = given - given.mean(axes, keepdim=True)
    return off * rate if bias is None else torch.addcmul(bias.detach(), off, rate)


def _rms_norm(given: Any, shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    axes = tuple(range(-len(shape), 0))
    least = torch.finfo(given.dtype).eps if eps is None else eps
    answer = given * (given.detach().pow(2).mean(axes, keepdim=True) + least).rsqrt().detach()
    return answer if weight is None else answer * weight


def hold(model: Any, work: Callable[[], T]) -> tuple[T, Fixed]:
    """What ``work`` gives, which asks the model, with what bends held; and what was met of that.

    Hooks are left behind, for the caller to take away: see ``restoring.as_it_was``.
    """
    for module in model.modules():
        if type(module).__module__.startswith(ACTIVATIONS) and not list(module.children()) and _bends(module):
            module.register_forward_hook(_as_gate)
    with Fixed() as fixed:
        return work(), fixed


def _bends(module: Any) -> bool:
    return not isinstance(module, (nn.Softmax, nn.LogSoftmax, nn.MultiheadAttention, nn.Softmax2d))


def _as_gate(module: Any, args: tuple[Any, ...], answer: Any) -> Any:
    given = args[0]
    return gated(given, answer) if given.shape == answer.shape else answer
