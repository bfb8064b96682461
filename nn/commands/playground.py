"""`python -m nn playground`: a page on which a network trains while one looks at it."""

import argparse
from pathlib import Path

from nn.commands.options import PROGRAM, Parser, sizes
from nn.playing.page import IN_THE_PLANE, playground


def parser() -> Parser:
    """Declare the options."""
    made = Parser(
        f"{PROGRAM} playground",
        "Make a page on which a network trains while one looks at its neurons, weights and "
        "gradients; it opens in any browser.",
        f"{PROGRAM} playground --data moons --hidden 4 4 --out playground.html",
    )
    made.add_argument(
        "--data",
        default="moons",
        metavar="DATA",
        help=f"{', '.join(IN_THE_PLANE)}, or a PATH.csv of two inputs and a target (moons)",
    )
    made.add_argument(
        "--hidden",
        type=sizes,
        nargs="+",
        default=[[4, 4]],
        metavar="N",
        help="neurons of the hidden layers, '' for none (4 4)",
    )
    made.add_argument(
        "--out",
        type=Path,
        default=Path("playground.html"),
        metavar="PAGE.html",
        help="the page to write (playground.html)",
    )
    return made


def run(options: argparse.Namespace) -> int:
    """Write the page; returns the exit status."""
    hidden = [size for part in options.hidden for size in part]
    print(playground(options.data, hidden).save(options.out))
    return 0
