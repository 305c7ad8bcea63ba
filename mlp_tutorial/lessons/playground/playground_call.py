"""The call of the playground: every setting of it, checked and preset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from torch import nn

from mlp_tutorial.data.dataset import Dataset
from mlp_tutorial.lessons.playground.input_features import COORDINATES
from mlp_tutorial.lessons.playground.playground_explorer import PlaygroundExplorer
from mlp_tutorial.lessons.playground.playground_settings import Live, Start
from mlp_tutorial.lessons.shared.stand_ins import unwrapped
from mlp_tutorial.model import Activation, NeuralNetworkModel
from mlp_tutorial.utils.errors import check_whole_number


def explore_playground(
    dataset: str | Dataset = "disc",
    hidden_sizes: Sequence[int] = (4, 2),
    learning_rate: float = 0.03,
    *,
    features: Sequence[str] = COORDINATES,
    num_epochs: int = 0,
    batch_size: int | None = 10,
    activation: str | Activation = "tanh",
    optimizer: str | Callable = "sgd",
    penalty: str = "none",
    penalty_rate: float = 0.001,
    weight_decay: float = 0.0,
    dropout: float = 0.0,
    initialisation: str = "PyTorch's default",
    noise: float = 0.0,
    num_points: int = 500,
    training_share: float = 0.5,
    data_seed: int = 0,
    seed: int = 0,
    criterion: Callable | None = None,
    model: nn.Module | Callable[..., nn.Module] = NeuralNetworkModel,
    weights: Mapping[str, object] | None = None,
    discretize: bool = False,
    held_out: bool = False,
    log_scale: bool = False,
    selected: tuple | None = None,
    off: Sequence[tuple[int, int]] = (),
    output_map: int | None = None,
    see: int = 0,
    bend: float | None = None,
) -> PlaygroundExplorer:
    """Play with a network: see what each of its neurons sees, click it, change it, and let it learn.

    Parameters
    ----------
    dataset : str or Dataset, default "disc"
        A name for `load_dataset`, or a data set of your own. Toy sets are drawn in their own units, by the numbers of
        TensorFlow Playground.
    hidden_sizes : sequence of int, default (4, 2)
        Width of each hidden layer.
    learning_rate : float, default 0.03
        The optimizer's step size.
    features : sequence of str, default ("x1", "x2")
        What the network is given of a point (x1, x2): "x1", "x2", "x1²", "x2²", "x1·x2", "sin x1", "sin x2".
    num_epochs : int, default 0
        How far it has been trained when it appears.
    batch_size : int or None, default 10
        Samples a step; None for all in one batch.
    activation : str or callable, default "tanh"
        A name from `ACTIVATIONS`, or a function of your own.
    optimizer : str or callable, default "sgd"
        "sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", or a class of your own, called with parameters and lr.
    penalty : {"none", "L1", "L2"}, default "none"
        On the size of the weights: `penalty_rate` times their absolute values, or half their squares.
    penalty_rate, weight_decay : float, default 0.001 and 0
        Of the penalty, and the optimizer's own option.
    dropout : float, default 0
        Share of what each layer hands on that is set to 0 at random while it trains.
    initialisation : {"PyTorch's default", "Xavier", "He", "zero"}
        How the first weights are drawn.
    noise : float, default 0
        Of a toy set, as `load_dataset` has it.
    num_points : int, default 500
        Of a toy set.
    training_share : float, default 0.5
        Share of the rows to train on, 0.1 to 0.9; the validation and the test part halve the rest.
    data_seed : int, default 0
        For the points of a toy set, and for which row goes to which part.
    seed : int, default 0
        For the initial weights and the order of the batches.
    criterion : callable, optional
        A loss of your own; by default the usual one of the task.
    model : nn.Module or callable, default NeuralNetworkModel
        A module of your own that maps two numbers to outputs, or a class called with input size, hidden sizes and output
        size. Its linear layers are drawn with their links, its other modules as columns of maps without.
    weights : mapping, optional
        Weights to begin with, as lists or tensors under the names of the model's `state_dict`.
    discretize, held_out, log_scale : bool, default False
        Show the likeliest class alone; the points of the validation and test part; the losses on a logarithmic axis.
    selected : tuple, optional
        What is clicked: ("neuron", column, unit), counted from column 1 and unit 0, or ("link", column, unit, source).
    off : sequence of pairs (column, unit)
        Neurons that are switched off.
    output_map : int, optional
        Show the probability of this class alone, counted from 0.
    see : int, default 0
        Show the plane and the data in the space of this column: 1 for the first layer; 0 shows the output.
    bend : float, optional
        How far the plane is bent on its way there: 0 for the inputs; by default as far as the layer.

    Returns
    -------
    PlaygroundExplorer
        Shown by JupyterLab as a picture to click in. `model`, `history` and `values()` are those of the run shown.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work together; the message says what was expected and what came.
    """
    (dataset, activation, criterion, model), remark = unwrapped(dataset, activation, criterion, model)
    drawn = {"noise": noise, "num_points": num_points, "training_share": training_share, "data_seed": data_seed}
    network = {"initialisation": initialisation, "seed": seed, "criterion": criterion, "model": model}
    start = Start(dataset, hidden_sizes, features, activation, **drawn, **network)
    live = Live(learning_rate, batch_size or 0, optimizer, penalty, penalty_rate, weight_decay, dropout)
    look = {"discretize": discretize, "held_out": held_out, "log_scale": log_scale}
    if check_whole_number("num_epochs", num_epochs, "20") < 0:
        raise ValueError(f"num_epochs must be at least 0; it is {num_epochs}.")
    explorer = PlaygroundExplorer(start, live, weights, num_epochs, look, bool(see))
    explorer.remark = remark
    explorer.preset(selected, off, output_map=output_map, see=see, bend=bend)
    return explorer.shown()
