"""A progress bar for training that takes its time."""

from __future__ import annotations

import time

#: Seconds of training after which `train` shows a progress bar.
PROGRESS_BAR_AFTER = 2.0


class ProgressBar:
    """Counts epochs up to `num_epochs`; where `shown`, it appears once the training has taken `after` seconds."""

    def __init__(self, num_epochs: int, shown: bool, after: float | None = None) -> None:
        self.num_epochs, self.shown, self.after = num_epochs, shown, PROGRESS_BAR_AFTER if after is None else after
        self._started, self._bar = time.perf_counter(), None

    def update(self, epochs: int) -> None:
        """Show how many epochs are done."""
        if self.shown and self._bar is None and time.perf_counter() - self._started > self.after:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=self.num_epochs, desc="training", unit="epoch", leave=False)
        if self._bar is not None:
            self._bar.update(epochs - self._bar.n)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
