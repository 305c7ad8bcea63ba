"""The claims of lesson 03."""

from __future__ import annotations

from mlp_tutorial import NeuralNetworkModel, load_dataset
from mlp_tutorial.lessons.playground import explore_playground
from tools.claims.frame import claims_of
from tools.claims.runs import SEEDS, count

claim, facts = claims_of("03")


@claim("57 % of the penguins can never be answered rightly, so no training gets below 0.42", (0.57, 0.42), within=0.01)
def a_relu_on_the_body_mass() -> list[float]:
    masses = load_dataset("penguins_body_mass").y_train
    return [(masses < 0).float().mean().item(), masses.clamp(max=0).square().mean().item()]


facts(
    ("2 · 8 + 8 + 8 · 3 + 3 = 51 numbers", 51, lambda: count(2, [8], 3)),
    ("24 + 72 + 72 + 27 = 195 parameters", 195, lambda: count(2, [8, 8, 8], 3)),
    ("51 in place of 195", 51, lambda: count(2, [8], 3)),
    (
        "1.0 is worse: the answer 0 for everybody",
        1.0,
        lambda: load_dataset("penguins_body_mass").y_train.square().mean().item(),
    ),
    (
        "Two: (16, 32) and (8, 16)",
        (16, 32, 8, 16),
        lambda: [n for layer in NeuralNetworkModel(1, [32, 16, 8], 1).hidden_layers for n in layer.weight.shape],
    ),
)


@claim("all points but one are right. (Luck helps: of ten seeds, three get 97 %", (1, 3), slow=True)
def spirals_in_the_playground() -> tuple[int, int]:
    """How many points section 1's network gets wrong; how many of ten seeds get 97 % of the validation points."""
    settings = {"activation": "relu", "optimizer": "adam", "batch_size": 50, "num_epochs": 120}
    measured = [explore_playground("spiral", [8, 8], 0.02, seed=seed, **settings).run.measure() for seed in SEEDS]
    wrong = sum(250 - round(250 * one.metric) for one in measured[1].values())
    return wrong, sum(one["validation"].metric >= 0.97 for one in measured)
