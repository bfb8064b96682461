"""What of a derivative is told, where the whole would be too long to read."""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from engine import ops
from engine.explanation.facts import Facts, Use
from engine.explanation.wording import Wording
from engine.value import Value

OPERATIONS = 12  # operations that are spelled out
USES = 6  # uses of one Value that are
FACTORS = 10  # factors of one product that are


def main_uses(facts: Facts, node: Value) -> Sequence[Use]:
    """The uses of the node that contribute most, in the order of computation."""
    uses = facts.uses(node)
    if len(uses) <= USES:
        return uses
    main = sorted(range(len(uses)), key=lambda i: -abs(uses[i].contribution))[:USES]
    return [uses[i] for i in sorted(main)]


def nearest_nodes(facts: Facts) -> list[Value]:
    """Some nodes of the way, in its order: breadth first from its start, by the main uses."""
    nearest = {facts.wrt}
    queue = deque(nearest)
    while queue and len(nearest) <= OPERATIONS:
        for use in main_uses(facts, queue.popleft()):
            if use.consumer not in nearest and len(nearest) <= OPERATIONS:
                nearest.add(use.consumer)
                queue.append(use.consumer)
    return sorted(nearest, key=facts.reading.index.__getitem__)


def first_chain(facts: Facts, wording: Wording) -> list[Value]:
    """From the start on while each is used once: to an activation, a fork or the output."""
    chain = [facts.wrt]
    while len(uses := facts.uses(chain[-1])) == 1 and len(chain) < FACTORS:
        chain.append(uses[0].consumer)
        if chain[-1] in wording.activations:
            break
    return chain


def landmarks(chain: Sequence[Value], wording: Wording) -> list[Value]:
    """The chain without the unnamed terms and partial sums inside of a weighted sum."""
    found = [chain[-1]]
    in_a_sum = False
    for node, consumer in reversed(list(pairwise(chain))):
        in_a_sum = (
            (in_a_sum or consumer in wording.weighted_sums)
            and consumer.op in (ops.ADD, ops.TOTAL)
            and node.op in (ops.ADD, ops.TOTAL, ops.MUL)
            and wording.is_unnamed(node)
        )
        if not in_a_sum or node is chain[0]:
            found.append(node)
    return found[::-1]
