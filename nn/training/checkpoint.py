"""A training in a file, to go on from to the same bits: all that the next epochs depend on.

The parameters, the optimizer, the history, what callbacks remember, and how far the schedule and
the order of the rows are: those are made anew from the number of steps and the seed.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine import write_whole
from nn.common.checks import whole
from nn.common.documents import parse_json
from nn.common.text import shown
from nn.training.history import History
from nn.training.run import Training

FORMAT, VERSION = "glassgrad training", 1
EVERY = 10.0
"""A training that is killed has lost so many seconds at most, and an epoch."""


class Checkpoint:
    """The file of one training.

    Args:
        path: Of the file.
        settings: What must be the same for the bits to be the same.
        callbacks: Those of the training; what has a `state_dict()` is kept, too.

    Raises:
        ValueError: If the file holds anything but a training with these settings.
    """

    def __init__(
        self, path: str | Path, settings: Mapping[str, Any], callbacks: Sequence[Any]
    ) -> None:
        self.path, self.settings = Path(path), dict(settings)
        self.callbacks = [each for each in callbacks if hasattr(each, "state_dict")]
        self.saved = time.monotonic()
        self._mark: tuple[Any, int, int, list[Any]] | None = None
        self.document = self._read() if self.path.exists() else None

    def _read(self) -> dict[str, Any]:
        try:
            document = parse_json(self.path.read_text(encoding="utf-8"))
        except ValueError as error:  # what is no UTF-8 too
            raise ValueError(f"{self.path} is no saved training: {error}") from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError(f"{self.path} is no saved training: it does not say {FORMAT!r}")
        if document.get("version") != VERSION or type(document["version"]) is not int:
            raise ValueError(
                f"{self.path} has version {shown(document.get('version'))} of the format, and this "
                f"program reads version {VERSION}"
            )
        given = document.get("settings")
        if given != self.settings:
            raise ValueError(
                f"{self.path} is of a training with {shown(given)}, and this one has "
                f"{self.settings}; give it another path"
            )
        return document

    def load(self, training: Training) -> None:
        """Bring a training to where the file is, if there is one.

        Args:
            training: One that is about to begin.

        Raises:
            ValueError: If the file does not fit the model, the optimizer or the callbacks.
        """
        if self.document is None:
            return
        try:
            snapshot = training.read(self.document["training"])
            states = self.document["callbacks"]
            history = History(**self.document["history"])
            steps = whole("steps", self.document["steps"], at_least=0)
            if not isinstance(history.loss, list) or not isinstance(states, list):
                raise TypeError("history.loss and callbacks must be lists")
            training.restore(snapshot)
            for callback, kept in zip(self.callbacks, states, strict=True):
                callback.load_state_dict(kept)
            training.loop.taken = steps
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} does not fit this training: {error}") from error
        vars(training.history).update(vars(history) | {"backend": training.history.backend})

    @property
    def ended(self) -> bool:
        """Whether the training in the file was stopped or has diverged, so that it is over."""
        history = self.document["history"] if self.document else {}
        return bool(history.get("reason")) and not history["interrupted"]

    def save(self, training: Training) -> None:
        """Write the file anew.

        Args:
            training: As it is between two epochs.
        """
        document = {
            "format": FORMAT,
            "version": VERSION,
            "settings": self.settings,
            "steps": training.steps,
            "training": training.written(training.snapshot()),
            "history": asdict(training.history),
            "callbacks": [callback.state_dict() for callback in self.callbacks],
        }
        write_whole(self.path, f"{json.dumps(document)}\n".encode())
        self.saved = time.monotonic()

    def save_now_and_then(self, training: Training) -> None:
        """Write the file, if that is some seconds ago.

        Args:
            training: As it is between two epochs.
        """
        if time.monotonic() - self.saved > EVERY:
            self.save(training)

    def mark(self, training: Training) -> None:
        """Remember where a training is before an epoch, for `go_back`.

        Args:
            training: As it is between two epochs.
        """
        states = [callback.state_dict() for callback in self.callbacks]
        self._mark = training.snapshot(), training.steps, training.epoch, states

    def go_back(self, training: Training) -> None:
        """Bring a training that was interrupted in an epoch, or just after it, before that epoch.

        Args:
            training: The one that `mark` has seen.
        """
        if self._mark is None:
            return
        snapshot, training.loop.taken, done, states = self._mark
        training.restore(snapshot)
        for callback, state in zip(self.callbacks, states, strict=True):
            callback.load_state_dict(state)
        history = training.history
        for column in (
            history.loss,
            history.validation_loss,
            history.learning_rate,
            history.gradient_norm,
            *history.metrics.values(),
        ):
            del column[done:]
