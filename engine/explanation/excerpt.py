"""What of a derivative is told, where the whole would be too long to read."""

from collections import deque
from itertools import pairwise

from engine import ops
from engine.cached import cached_property
from engine.explanation.facts import Facts
from engine.explanation.wording import Wording
from engine.value import Value

OPERATIONS = 12  # operations that are spelled out
USES = 6  # uses of one Value that are
FACTORS = 10  # factors of one product that are


class Excerpt:
    """The nodes and the uses that are told.

    Args:
        facts: The derivative that is explained.

    Attributes:
        facts: The same.
        wording: What its nodes are called.
    """

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.wording = Wording(facts)
        self._consumers: dict[Value, tuple[list[Value], int]] = {}

    def consumers(self, node: Value) -> tuple[list[Value], int]:
        """The consumers that contribute most, in the order of computation; and how many more."""
        if node not in self._consumers:
            every = self.facts.consumers(node)
            main = list(range(len(every)))
            if len(every) > USES:
                sizes = [abs(self.facts.contribution(consumer, node)) for consumer in every]
                main = sorted(sorted(main, key=lambda i: -sizes[i])[:USES])
            self._consumers[node] = [every[i] for i in main], len(every) - len(main)
        return self._consumers[node]

    @cached_property
    def nodes(self) -> list[Value]:
        """Some nodes of the way, in its order: breadth first from its start, by the main uses."""
        nearest = {self.facts.wrt}
        queue = deque(nearest)
        while queue and len(nearest) <= OPERATIONS:
            consumers, _ = self.consumers(queue.popleft())
            for consumer in consumers:
                if consumer not in nearest and len(nearest) <= OPERATIONS:
                    nearest.add(consumer)
                    queue.append(consumer)
        return [node for node in self.facts.order if node in nearest]

    @cached_property
    def chain(self) -> list[Value]:
        """From the start on while each is used once: to an activation, a fork or the output."""
        chain = [self.facts.wrt]
        while len(chain) < FACTORS:
            consumers, _ = self.consumers(chain[-1])
            if len(consumers) != 1:
                break
            chain += consumers
            if chain[-1] in self.wording.activations:
                break
        return chain

    @cached_property
    def landmarks(self) -> set[Value]:
        """The chain without the unnamed terms and partial sums inside of a weighted sum."""
        found = {self.chain[-1]}
        in_a_sum = False
        for node, consumer in reversed(list(pairwise(self.chain))):
            in_a_sum = (
                (in_a_sum or consumer in self.wording.weighted_sums)
                and consumer.op in (ops.ADD, ops.TOTAL)
                and node.op in (ops.ADD, ops.TOTAL, ops.MUL)
                and self.wording.is_unnamed(node)
            )
            if not in_a_sum or node is self.facts.wrt:
                found.add(node)
        return found
