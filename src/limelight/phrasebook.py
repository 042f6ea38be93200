"""What users of lime, shap and captum type, and what it is called here."""

from __future__ import annotations

import re
from collections.abc import Iterable

from limelight.errors import closest

# Keywords of functions: theirs, and what to write instead.
KEYWORDS = {
    "algorithm": "write method='shapley' or another name of limelight.methods.METHODS",
    "char_level": "write unit='character'",
    "classifier_fn": "give the model as the second argument",
    "lang": "numbers have no language; give it to what shows them: .to_html(lang='zh'), or Explainer(text, lang='zh')",
    "mask_string": "write masker='mask' for the model's own mask token",
    "max_evals": "write budget=, the number of model evaluations",
    "n_samples": "write budget=, the number of model evaluations",
    "n_steps": "give method=IntegratedGradients(passes=...), from limelight.methods",
    "nsamples": "write budget=, the number of model evaluations",
    "num_features": "every feature gets a weight; take the strongest by .top(n)",
    "num_samples": "write budget=, the number of model evaluations",
    "output_names": "write class_names=",
    "predict_fn": "give the model as the second argument",
    "predict_proba": "give the model as the second argument",
    "random_state": "write seed=",
    "split_expression": "give unit= a function from a text to spans [(start, stop), ...]",
    "target": "all classes are explained at once; read one by .top(target=...), .to_svg(target=...) or "
    "Explainer(text, target=...)",
    "tokenizer": "give it with its model: (model, tokenizer)",
    "top_labels": "all classes are explained at once; read one by .top(target=...)",
}
# Attributes of an explanation: theirs, and what looks natural, and where it is.
ATTRIBUTES = {
    "as_html": ".to_html()",
    "as_list": ".top(10, target=...)",
    "as_map": ".weights, a row for each of .targets",
    "as_pyplot_figure": ".to_svg('figure.svg') or .to_png('figure.png')",
    "attributions": ".weights, a row for each of .targets",
    "available_labels": ".targets",
    "base_values": ".intercepts, a number for each of .targets",
    "class_names": ".targets",
    "convergence_delta": ".fit, which has 'convergence' where the method tells it",
    "data": ".features",
    "feature_names": ".features",
    "intercept": ".intercepts, a number for each of .targets",
    "local_exp": ".weights, a row for each of .targets",
    "local_pred": ".predict(masks)",
    "output_names": ".targets",
    "predict_proba": ".probabilities",
    "prediction": ".scores, a number for each of .targets",
    "r2": ".fit['r2'], a number for each of .targets",
    "rank": ".fit['rank'], a number for each of .targets",
    "save_to_file": ".to_html(path)",
    "score": ".scores for the model's answer, .fit['r2'] for how well the weights follow it",
    "shap_values": ".weights, a row for each of .targets",
    "show": "the explanation itself, as the last line of a cell",
    "show_in_notebook": "the explanation itself, as the last line of a cell",
    "target": ".targets; the position of the likeliest is .index()",
    "tokens": ".features",
    "values": ".weights, a row for each of .targets",
    "words": ".features",
}
# Names of a package, and where limelight has the same.
NAMES = {
    "GradientXInput": "limelight.methods has it",
    "InputXGradient": "write method='gradient_x_input'",
    "IntegratedGradients": "limelight.methods has it",
    "LimeTextExplainer": "write explain(text, model), or Explainer(text, model) in a notebook",
    "Occlusion": "limelight.methods has it",
    "explain_instance": "write explain(text, model)",
    "plots": "an explanation draws itself: end a cell with it, or write .to_svg('figure.svg')",
    "summary_plot": "an explanation draws itself: end a cell with it, or write .to_svg('figure.svg')",
}


def hint(name: str, accepted: Iterable[str], phrases: dict[str, str]) -> str:
    """What to do about an unknown name: what it is called here, else the name that looks like it, else nothing."""
    if name in phrases:
        return f" Here: {phrases[name]}."
    return closest(name, accepted)


def flag_hint(flag: str, accepted: Iterable[str]) -> str:
    """What to do about an unknown flag of the command, as ``hint``."""
    phrase = KEYWORDS.get(flag.lstrip("-").replace("-", "_"), "")
    if written := re.match(r"write (\w+)=(?:'(\w+)')?", phrase):
        return f" Here: write --{written[1].replace('_', '-')}{' ' + written[2] if written[2] else ''}."
    if "target=" in phrase:
        return " Here: write --target."
    return closest(flag, accepted)


def reject_unknown(function: str, given: Iterable[str], accepted: Iterable[str]) -> None:
    """Raises TypeError for the first keyword that ``function`` does not take."""
    accepted = sorted(accepted)
    for name in given:
        if name not in accepted:
            raise TypeError(
                f"{function}() got an unknown keyword {name!r}. Accepted: {', '.join(accepted)}."
                + hint(name, accepted, KEYWORDS)
            )
