"""The machine in a page: one forward and backward pass of networks, an operation a node, by Node.

    python benchmarks/page.py

Each network is recorded in Python and travels as JSON. What is timed is one pass: every value,
every local derivative, every adjoint.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import machine

from engine import Value, total
from engine.compiler.page.instructions import graph_table
from engine.compiler.page.scripts import page_script
from engine.graph import topological_order
from nn import MLP

NETWORKS = [[2, 11, 11, 1], [10, 38, 32, 4], [64, 184, 80, 10]]
ROUNDS = 15

TIME = """
import { readFileSync } from "node:fs";
const { table, rounds } = JSON.parse(readFileSync(0, "utf8"));
const machine = new Machine(table);
const times = [];
for (let round = 0; round < rounds; round++) {
  const repeats = Math.ceil(3e6 / table.code.length);
  const start = performance.now();
  for (let i = 0; i < repeats; i++) {
    machine.numbers[0] = i % 7;
    machine.run();
  }
  times.push((performance.now() - start) / repeats);
}
console.log(times.sort((a, b) => a - b)[rounds >> 1]);
"""


def recorded(sizes: list[int]) -> tuple[list[Value], Value]:
    """The graph of a network's loss, an operation a node."""
    model = MLP(sizes[0], sizes[1:], seed=0)
    outputs = [Value(0.1 * i) for i in range(sizes[0])]
    for i, layer in enumerate(model.layers):
        sums = [
            sum((w * x for w, x in zip(neuron.w, outputs, strict=True)), neuron.b)
            for neuron in layer.neurons
        ]
        outputs = [z.tanh() for z in sums] if i < len(model.layers) - 1 else sums
    loss = total([(y - 1.0) ** 2 for y in outputs])
    return topological_order(loss), loss


def main() -> None:
    if shutil.which("node") is None:
        sys.exit("this benchmark needs Node: install it, or put it on the PATH")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True)
    print(f"{machine()}, Node {version.stdout.strip()}\n")
    print(f"{'network':>16} {'nodes':>8} {'instructions':>13} {'JSON':>9} {'a pass':>10}")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "time.mjs"
        script.write_text(page_script() + TIME, encoding="utf-8")
        for sizes in NETWORKS:
            order, loss = recorded(sizes)
            table = graph_table(loss)
            text = json.dumps({"table": table, "rounds": ROUNDS}, separators=(",", ":"))
            done = subprocess.run(
                ["node", script], input=text, capture_output=True, text=True, check=True
            )
            print(
                f"{'-'.join(map(str, sizes)):>16} {len(order):>8,} {len(table['code']) // 3:>13,} "
                f"{len(text) / 1e6:>6.2f} MB {float(done.stdout):>7.3f} ms"
            )


if __name__ == "__main__":
    main()
