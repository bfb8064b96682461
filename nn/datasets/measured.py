"""Two measured data sets and a list of names, that come with the package.

`nn/datasets/data/README.md` has their story.
"""

import gzip
from importlib.resources import files

from nn.datasets.csv_files import from_table
from nn.datasets.dataset import Dataset
from nn.datasets.tables import parse_table


def iris() -> Dataset:
    """Read Fisher's irises: 150 flowers, four lengths in cm, three species of 50 each.

    The numbers are those that Fisher printed. The copy in the UCI repository, which many others
    descend from, departs from them in the 35th and the 38th flower.

    Example:
        >>> data = iris()
        >>> data
        Dataset('iris': 150 rows, 4 features, 3 classes)
        >>> data.inputs[0], data.target_names[data.targets[0]]
        ([5.1, 3.5, 1.4, 0.2], 'setosa')

    Source:
        R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7
        (1936), 179-188, Table I. On the errors: J. C. Bezdek et al., "Will the real iris data
        please stand up?", IEEE Transactions on Fuzzy Systems 7 (1999), 368-369.
    """
    return _shipped(
        "iris",
        "iris.csv",
        "R. A. Fisher, Annals of Eugenics 7 (1936), Table I; "
        "UCI Machine Learning Repository, doi 10.24432/C56C76, CC BY 4.0",
    )


def digits() -> Dataset:
    """Read 1,797 handwritten digits, each 8 x 8 pixels from 0 (white) to 16, row after row.

    A pixel counts the dark points in a square of 4 x 4 of the scanned form. It is the test half of
    the UCI set, written by 13 people, and the one known from scikit-learn. Divide the pixels by 16
    before training.

    Example:
        >>> data = digits()
        >>> data
        Dataset('digits': 1797 rows, 64 features, 10 classes)
        >>> for start in range(0, 64, 8):
        ...     row = data.inputs[0][start : start + 8]
        ...     print("".join(".-+#@"[int(pixel) // 4] for pixel in row))
        ..-#+...
        ..##+#-.
        ..#..++.
        .-#..++.
        .-+..++.
        .-+..#-.
        ..#-+#..
        ..-#+...

    Source:
        E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
        Repository (1998), doi 10.24432/C50P49, CC BY 4.0.
    """
    return _shipped(
        "digits",
        "digits.csv.gz",
        "E. Alpaydin and C. Kaynak (1998), UCI Machine Learning Repository, "
        "doi 10.24432/C50P49, CC BY 4.0",
    )


def names() -> list[str]:
    """Read 4,018 first names of people in the United States, in lower case and sorted.

    They are the names that at least 2 in 100,000 of the women, or of the men, counted in 1990 had;
    2 to 11 letters from a to z. To learn to spell names, shuffle them first.

    Example:
        >>> first_names = names()
        >>> len(first_names), first_names[:3], first_names[-1]
        (4018, ['aaron', 'abbey', 'abbie'], 'zulma')

    Source:
        U.S. Census Bureau, "Frequently Occurring Surnames and First Names in the United States,
        1990 Census" (1995), files dist.female.first and dist.male.first, in the public domain.
    """
    return (files("nn.datasets") / "data" / "names.txt").read_text(encoding="ascii").split()


def _shipped(name: str, file: str, source: str) -> Dataset:
    data = (files("nn.datasets") / "data" / file).read_bytes()
    if file.endswith(".gz"):
        data = gzip.decompress(data)
    table = parse_table(data, file)
    return from_table(table, table.n_columns - 1, "classification", name, source)
