"""What a training run leaves behind: `History`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import torch

from ..utils.randomness import SeededRandomness
from .sound import SAMPLES_PER_SECOND, loss_sound

if TYPE_CHECKING:
    from IPython.display import Audio


@dataclass(repr=False)
class History:
    """Losses and other measurements of a training run, one entry an epoch.

    Attributes
    ----------
    training_loss : list of float
        Mean loss over the samples of the epoch, each batch measured just before its step.
    validation_loss : list of float
        Loss on the validation data after the epoch; empty without validation data. Only the last can be NaN or
        infinite, where that ended the training.
    metric : list of float
        Accuracy (0 to 1) or R² after the epoch, on the validation data if there are any, else on the training data.
    metric_name : str
        "accuracy" or "R²".
    gradient_norm : list of float
        Length of the gradient over all parameters at the epoch's last step, before any clipping.
    learning_rate : list of float
        Learning rate of the optimizer's first parameter group during the epoch.
    seconds : list of float
        Time the epoch took, in seconds, pauses not counted.
    num_steps : int
        Number of optimizer steps taken in all.
    stop_reason : str
        Why training ended before its last epoch, in a sentence; empty if it did not.
    diverged : bool
        Whether it ended because the loss was no longer finite.
    best_epoch : int
        The epoch (counted from 1) with the lowest validation loss; 0 when early stopping was not asked for.
    stopped_epoch : int
        The last epoch after which early stopping ended a run, 0 for none: a run that goes on has its patience anew.
    best_weights : dict of str to Tensor
        The model's `state_dict` after that epoch; empty when early stopping was not asked for.
    initial_weights : dict of str to Tensor
        The model's `state_dict` before the first step.
    """

    training_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metric: list[float] = field(default_factory=list)
    metric_name: str = ""
    gradient_norm: list[float] = field(default_factory=list)
    learning_rate: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    num_steps: int = 0
    stop_reason: str = ""
    diverged: bool = False
    best_epoch: int = 0
    stopped_epoch: int = 0
    best_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    initial_weights: dict[str, torch.Tensor] = field(default_factory=dict)
    #: Where the run's own random numbers stand, so that it can be resumed: set by the training loop.
    randomness: SeededRandomness | None = None
    shuffle: torch.Generator | None = None

    def __len__(self) -> int:
        return len(self.training_loss)

    def __bool__(self) -> bool:
        return True  # a history of no epochs is still a history

    def __repr__(self) -> str:
        if not len(self):
            return f"History: no epoch finished. {self.stop_reason}".rstrip()
        parts = [f"training loss {self.training_loss[0]:.3f} -> {self.training_loss[-1]:.3f}"]
        if self.validation_loss:
            parts.append(f"validation loss {self.validation_loss[0]:.3f} -> {self.validation_loss[-1]:.3f}")
        parts.append(f"{self.metric_name} {self.metric[-1]:.2f}")
        epochs = f"{len(self)} epoch{'s' if len(self) > 1 else ''}"
        return f"History: {epochs}, {', '.join(parts)}. {self.stop_reason}".rstrip()

    def listen(self) -> Audio:
        """Return the loss curves as a sound of at most four seconds: the pitch falls as the loss does.

        Training is on the left, validation on the right; without validation data, training is on both sides. A
        notebook shows a player where this is the last line of a cell.

        Returns
        -------
        IPython.display.Audio
            With the sound in itself; no file is written.

        Raises
        ------
        ValueError
            If no epoch is finished, or a loss is NaN or infinite.

        See Also
        --------
        mlp_tutorial.training.sound.loss_sound : how a loss becomes a pitch.
        """
        from IPython.display import Audio

        sound = loss_sound(self.training_loss, self.validation_loss)
        return Audio(sound, rate=SAMPLES_PER_SECOND, normalize=False)

    def state_dict(self) -> dict[str, object]:
        """Return everything as plain lists, numbers and tensors, for `torch.save` and for resuming.

        Save it beside `model.state_dict()` and `optimizer.state_dict()`: with the three restored, `train(...,
        history=history)` goes on as if it had never stopped.
        """
        state = _copied({entry.name: getattr(self, entry.name) for entry in fields(self)})
        state["randomness"] = self.randomness.state if self.randomness else None
        state["shuffle"] = self.shuffle.get_state() if self.shuffle else None
        return state

    @classmethod
    def from_state_dict(cls, state: dict[str, object]) -> History:
        """Rebuild a history.

        Parameters
        ----------
        state : dict
            What `state_dict` returned.
        """
        history = cls(**{**_copied(state), "randomness": None, "shuffle": None})
        if state["randomness"] is not None:
            history.randomness = SeededRandomness()
            history.randomness.state = state["randomness"]
        if state["shuffle"] is not None:
            history.shuffle = torch.Generator()
            history.shuffle.set_state(state["shuffle"])
        return history


def _copied(state: dict[str, object]) -> dict[str, object]:
    """Return the state with lists of its own: kept in memory, it must not grow with the run."""
    return {name: list(value) if isinstance(value, list) else value for name, value in state.items()}
