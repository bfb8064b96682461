"""The command line: `python -m nn` trains a network, `python -m nn COMMAND` does what it says.

All that is wrong with options and files ends in one line on standard error and exit status 2.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from nn.commands.options import PROGRAM

COMMANDS = {
    "predict": "predict",
    "diagnose": "diagnose",
    "learning-rate": "learning_rate",
    "sweep": "sweep",
    "playground": "playground",
}
"""The module of `nn.commands` for each command; without one it is `train`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    module = COMMANDS.get(words[0]) if words else None
    command = import_module(f"nn.commands.{module or 'train'}")
    try:
        return int(command.run(command.parser().parse_args(words[1:] if module else words)))
    except BrokenPipeError:  # the reader of a pipe has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        return 0
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted", file=sys.stderr)
        return 130
    except (OSError, ValueError, TypeError, ImportError) as error:
        text = str(error)
        if isinstance(error, OSError) and error.strerror and error.filename:
            text = f"{error.filename}: {error.strerror}"
        print(
            f"{PROGRAM}: {'; '.join(line.strip() for line in text.splitlines())}", file=sys.stderr
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
