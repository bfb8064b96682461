"""Rows of numbers with what they are called and where they come from, kept together."""

from dataclasses import dataclass

from engine import as_rows
from nn.common.checks import check_lengths, settle
from nn.common.rows import check_widths, target_list
from nn.common.text import counted, shown


@dataclass(frozen=True, slots=True, repr=False)
class Dataset:
    """Rows of numbers with a target each: a class number, or for a regression a real number.

    Attributes:
        inputs: `len(dataset)` rows of `n_features` floats, given in whatever container.
        targets: One for each row.
        feature_names: Of the columns; empty where nobody has named them.
        target_names: Of the classes, in the order of their numbers 0, 1, …; empty for a
            regression.
        name: What the data is called.
        source: Where the data is from, and its licence.

    Raises:
        TypeError: If a row holds something that is no number.
        ValueError: If lengths disagree, there is no row, or a target is no class number.

    Example:
        >>> Dataset([[0.0, 1.0], [1.0, 0.0]], [0, 1], target_names=("left", "right"), name="sides")
        Dataset('sides': 2 rows, 2 features, 2 classes)
    """

    inputs: list[list[float]]
    targets: list[int] | list[float]
    feature_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    name: str = "data"
    source: str = ""

    def __post_init__(self) -> None:
        rows, targets = as_rows(self.inputs, "inputs"), target_list("targets", self.targets)
        check_lengths("a Dataset", rows, targets)
        check_widths("inputs", rows)
        settle(self, inputs=rows, targets=targets)
        if self.feature_names and len(self.feature_names) != self.n_features:
            raise ValueError(
                f"feature_names must name each column of the inputs, {self.n_features} in all; "
                f"got {len(self.feature_names)}"
            )
        if self.target_names:
            for number, target in enumerate(self.targets):
                if not isinstance(target, int) or not 0 <= target < self.n_classes:
                    raise ValueError(
                        f"targets[{number}] is {shown(target)}; a class number is an int "
                        f"from 0 to {self.n_classes - 1}"
                    )

    @property
    def is_classification(self) -> bool:
        """Whether the targets are class numbers."""
        return bool(self.target_names)

    @property
    def n_classes(self) -> int:
        """The number of classes, 0 for a regression."""
        return len(self.target_names)

    @property
    def n_features(self) -> int:
        """How many numbers a row of inputs has."""
        return len(self.inputs[0])

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.inputs)

    def __repr__(self) -> str:
        rows, features = counted(len(self), "row"), counted(self.n_features, "feature")
        task = counted(self.n_classes, "class", "es") if self.is_classification else "regression"
        return f"Dataset({shown(self.name)}: {rows}, {features}, {task})"
