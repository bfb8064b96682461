"""Rows of numbers with what they are called and where they come from, kept together."""

from dataclasses import dataclass

from nn.datasets.arguments import check_lengths

__all__ = ["Dataset"]


@dataclass(frozen=True, slots=True, repr=False)
class Dataset:
    """Rows of numbers with a target each: a class number, or for a regression a real number.

    `inputs` has `len(dataset)` rows of `n_features` floats. `target_names` holds the names of the
    classes, in the order of their numbers 0, 1, …; it is empty for a regression. `feature_names` is
    empty where nobody has named the columns. `source` says where the data is from, and its licence.

    Raises ValueError where lengths disagree, there is no row, or a target is no class number.

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
        check_lengths(self.inputs, self.targets)
        width = len(self.inputs[0])
        for number, row in enumerate(self.inputs):
            if len(row) != width:
                raise ValueError(f"inputs[{number}] has {len(row)} numbers, inputs[0] has {width}")
        if self.feature_names and len(self.feature_names) != width:
            raise ValueError(f"{len(self.feature_names)} feature names for {width} features")
        if self.target_names:
            for number, target in enumerate(self.targets):
                if not isinstance(target, int) or not 0 <= target < self.n_classes:
                    raise ValueError(
                        f"targets[{number}] is {target!r}; a class number is an int "
                        f"from 0 to {self.n_classes - 1}"
                    )

    @property
    def is_classification(self) -> bool:
        """True where the targets are class numbers."""
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
        return len(self.inputs)

    def __repr__(self) -> str:
        rows, features = _counted(len(self), "row"), _counted(self.n_features, "feature")
        task = _counted(self.n_classes, "class", "es") if self.is_classification else "regression"
        return f"Dataset({self.name!r}: {rows}, {features}, {task})"


def _counted(n: int, noun: str, plural: str = "s") -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}{plural}"
