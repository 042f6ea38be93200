"""The registry of methods: one line each."""

from __future__ import annotations

from limelight.errors import InputError, choose
from limelight.methods.attention import AttentionRollout
from limelight.methods.banzhaf import Banzhaf
from limelight.methods.base import Budget, Method, Problem
from limelight.methods.gradients import GradientXInput, IntegratedGradients
from limelight.methods.interactions import Interactions
from limelight.methods.lime import Lime
from limelight.methods.lime_package import LimePackage
from limelight.methods.occlusion import Occlusion
from limelight.methods.one_pass import OnePass
from limelight.methods.shapley import Shapley

METHODS: dict[str, type[Method]] = {
    "interactions": Interactions,
    "lime": Lime,
    "lime-package": LimePackage,
    "shapley": Shapley,
    "banzhaf": Banzhaf,
    "occlusion": Occlusion,
    "integrated_gradients": IntegratedGradients,
    "gradient_x_input": GradientXInput,
    "one_pass": OnePass,
    "attention_rollout": AttentionRollout,
}


FORMER = {"surrogate": "interactions"}  # names of before


def as_method(method: str | Method) -> Method:
    """A method by name, or an instance as it is.

    Raises:
        InputError: there is no method of that name.
    """
    if isinstance(method, Method):
        return method
    if isinstance(method, type):
        raise InputError(
            f"method is the class {method.__name__}. limelight takes a name or an instance; write {method.__name__}()."
        )
    return choose("method", FORMER.get(method, method) if isinstance(method, str) else method, METHODS)()


__all__ = ["METHODS", "Budget", "Method", "Problem", "as_method"]
