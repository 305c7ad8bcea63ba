"""The same training on several processes: run by PyTorch's `torchrun`, one copy of the model in each.

    torchrun --standalone --nproc-per-node=2 -m mlp_tutorial.distributed --dataset penguins --batch-size 33

Every process trains on its share of every batch, with `train`, as ever. `DistributedDataParallel` puts the gradients
together during `backward()`, so that each step is the one a single process would have taken. `launch` starts all this from
a notebook.
"""

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from ..experiment import OPTIMIZERS, Experiment
from ..training.loop import train
from ..utils.errors import check_count
from .shares import Shares

#: Seconds after which `launch` gives up.
TIME_LIMIT = 120


@dataclass(frozen=True)
class DistributedRun:
    """What a training on several processes leaves behind."""

    training_loss: list[float]  # as in a `History`: one entry for each epoch, over the samples of all processes
    validation_loss: list[float]
    samples: list[int]  # of an epoch, by process
    same_weights: bool  # whether the models of all processes have ended with the very same weights


def train_this_share(experiment: Experiment, num_epochs: int) -> DistributedRun:
    """Train on this process's share; every process of the group calls it, and gets the same result.

    The experiment's batch size is that of all processes together.
    """
    rank, num_processes = distributed.get_rank(), distributed.get_world_size()
    model, criterion, optimizer = experiment.build()
    shares = _shares(experiment, rank, num_processes)
    parallel = DistributedDataParallel(model)  # in backward(), it averages the gradients of all processes
    for parameter in model.parameters():
        # The plain average is right only while all shares are equally large: a larger one has to count for more.
        parameter.register_hook(lambda gradient: gradient * shares.weight)
    options = {"num_epochs": num_epochs, "seed": experiment.seed, "validation_data": experiment.load()}
    history = train(parallel, shares, criterion, optimizer, progress=False, **options)
    if history.diverged:
        # The other processes would wait for this one for ever; when it ends with an error, `torchrun` ends them.
        raise RuntimeError(history.stop_reason)
    samples = torch.zeros(num_processes, dtype=torch.float64)
    samples[rank] = shares.num_samples()
    distributed.all_reduce(samples)
    losses = torch.tensor(history.training_loss, dtype=torch.float64) * samples[rank] / samples.sum()
    distributed.all_reduce(losses)  # the mean over all samples
    weights = nn.utils.parameters_to_vector(model.parameters()).detach()
    everyones = [torch.empty_like(weights) for _ in range(num_processes)]
    distributed.all_gather(everyones, weights)
    same_weights = all(torch.equal(weights, other) for other in everyones)
    return DistributedRun(losses.tolist(), history.validation_loss, samples.int().tolist(), same_weights)


def _shares(experiment: Experiment, rank: int, num_processes: int) -> Shares:
    dataset = experiment.load()
    return Shares(dataset.X_train, dataset.y_train, experiment.batch_size, experiment.seed, rank, num_processes)


def launch(
    num_processes: int = 2,
    *,
    dataset: str = "penguins",
    hidden_sizes: Sequence[int] = (8, 8),
    learning_rate: float = 0.1,
    num_epochs: int = 100,
    batch_size: int | None = None,
    optimizer: str = "sgd",
    seed: int = 0,
) -> DistributedRun:
    """Train on several processes of this machine, started by `torchrun`, and wait for the result.

    Parameters
    ----------
    num_processes : int, default 2
        How many processes take part.
    dataset, hidden_sizes, learning_rate, num_epochs, batch_size, optimizer, seed
        As for `explore_training`; `batch_size` counts the samples of all processes together.

    Returns
    -------
    DistributedRun
        The losses, equal to a single process's but for the last digits, in which the order of adding up shows.

    Raises
    ------
    TypeError, ValueError
        If the settings cannot work together.
    RuntimeError
        If a process fails, or all together take longer than two minutes; the message ends with what they printed.
    """
    check_count("num_processes", num_processes)
    if not distributed.is_available():
        raise RuntimeError("This build of PyTorch was made without torch.distributed: take another one.")
    # What cannot work is said here, in the notebook.
    experiment = Experiment(dataset, hidden_sizes, learning_rate, batch_size, optimizer=optimizer, seed=seed)
    experiment.build()
    _shares(experiment, 0, num_processes)
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "torch.distributed.run"]  # what `torchrun` is short for
        command += ["--standalone", f"--nproc-per-node={num_processes}", "-m", __package__]
        command += ["--dataset", dataset, "--hidden-sizes", *map(str, hidden_sizes)]
        command += [f"--learning-rate={learning_rate}", f"--epochs={num_epochs}", f"--batch-size={batch_size or 0}"]
        command += [f"--optimizer={optimizer}", f"--seed={seed}", f"--output={result}"]
        options = {"capture_output": True, "text": True, "env": _environment(), "timeout": TIME_LIMIT}
        try:
            done = subprocess.run(command, check=False, **options)
        except subprocess.TimeoutExpired as late:
            raise RuntimeError(f"The processes have not ended after {TIME_LIMIT} seconds.") from late
        if done.returncode or not result.exists():
            raise RuntimeError(f"The processes failed:\n{(done.stdout + done.stderr)[-3000:]}")
        return DistributedRun(**json.loads(result.read_text()))


def _environment() -> dict[str, str]:
    """Return the environment for the processes: they find this package, and each other, without a network."""
    paths = [str(Path(__file__).resolve().parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    loopback = {"linux": "lo", "darwin": "lo0"}.get(sys.platform)
    if loopback:
        own["GLOO_SOCKET_IFNAME"] = loopback  # else gloo asks the network for this machine's own name
    else:
        own["USE_LIBUV"] = "0"  # Windows builds of PyTorch lack it
    return {**os.environ, **own}


def main(arguments: Sequence[str] | None = None) -> None:
    """Take part in a training; `torchrun` calls this in every process."""
    parser = argparse.ArgumentParser(description="Train on several processes; to be started by torchrun.")
    parser.add_argument("--dataset", default="penguins")
    parser.add_argument("--hidden-sizes", type=int, nargs="*", default=[8, 8])
    parser.add_argument("--learning-rate", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--batch-size", type=int, default=0, help="of all processes together; 0: all samples")
    parser.add_argument("--optimizer", default="sgd", choices=OPTIMIZERS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, help="a JSON file for the result; without it, it is printed")
    options = parser.parse_args(arguments)
    data, sizes, rate, batch_size = options.dataset, options.hidden_sizes, options.learning_rate, options.batch_size
    experiment = Experiment(data, sizes, rate, batch_size or None, optimizer=options.optimizer, seed=options.seed)
    distributed.init_process_group("gloo")  # on GPUs: "nccl"
    run = train_this_share(experiment, options.epochs)
    if distributed.get_rank() == 0:
        text = json.dumps(dataclasses.asdict(run), indent=1)
        options.output.write_text(text) if options.output else print(text)
