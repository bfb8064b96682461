"""`History`: what a training has seen, epoch by epoch."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nn.common.text import spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class History:
    """What `fit` has seen: a number for every epoch in each of its lists.

    Attributes:
        loss: The mean over the rows, as they were trained on.
        validation_loss: After the epoch; empty without validation data.
        metrics: By name; those of the validation data as "validation ...", after the epoch.
        learning_rate: That of the epoch's last step.
        gradient_norm: The length of the gradient, √Σ(∂loss/∂p)², in the mean over the epoch's
            steps.
        diverged: Whether training ended because a number was no longer finite.
        interrupted: Whether it was ended by hand, with Ctrl-C.
        reason: Why it ended early, in words, as of a callback that stopped it; "" if it did not.
        backend: "compiled", or "eager" and why.
    """

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    learning_rate: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)
    diverged: bool = False
    interrupted: bool = False
    reason: str = ""
    backend: str = "eager"

    def __len__(self) -> int:
        """The number of epochs."""
        return len(self.loss)

    def __bool__(self) -> bool:
        """A history counts as true, also one that ended in its first epoch."""
        return True

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw losses, metrics and learning rate over the epochs: `nn.plots.training_curves`.

        Args:
            ax: The matplotlib axes to draw on; None for new ones.

        Returns:
            The axes.
        """
        from nn.plots.curves import training_curves

        return training_curves(self, ax=ax)

    def columns(self) -> dict[str, list[float]]:
        """Give everything that was watched by the name that reports have for it."""
        columns = {"loss": self.loss, "validation loss": self.validation_loss, **self.metrics}
        columns |= {"learning rate": self.learning_rate, "gradient norm": self.gradient_norm}
        return {name: column for name, column in columns.items() if column}

    def __repr__(self) -> str:
        columns = self.columns()
        lines = ["  ".join(["epoch", *(f"{name:>13}" for name in columns)])]
        for epoch in spread(range(len(self)), 10):
            cells = [f"{columns[name][epoch]:>{max(13, len(name))}.6g}" for name in columns]
            lines.append("  ".join([f"{epoch + 1:>5}", *cells]))
        return "\n".join([*lines, *([self.reason] if self.reason else [])])
