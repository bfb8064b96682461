"""The chain rule spelled out for one derivative: step by step, with the numbers, and path by path.

Everything is read from the graph that was recorded; the formulas come from its rules, run on
`Formula`. The numbers are `Facts`; what is said of them, and in which order, is in `account`, and
how that looks, in `prose`.
"""

from dataclasses import dataclass, field

from engine.cached import cached_property
from engine.collector import collector_paused
from engine.explanation.account import derivation, paragraphs
from engine.explanation.excerpt import Excerpt
from engine.explanation.facts import Facts
from engine.explanation.prose import Markdown, PlainText
from engine.explanation.wording import Wording
from engine.naming import GivenNames, Named, callers_variables
from engine.reading import Edge, Reading
from engine.text import received
from engine.value import Value, as_value


@dataclass(frozen=True, slots=True)
class Row(Edge):
    """One edge of the way, along which a part of the gradient arrives at its parent, in words too.

    Attributes:
        node: The Value that the operation made.
        parent: The operand, on the way from `wrt` to the output.
        position: Which operand of the node that is, from 0.
        local_derivative: ∂node/∂parent at this position, as it was recorded.
        gradient: ∂output/∂node.
        contribution: Their product, this edge's part of ∂output/∂parent.
    """

    _wording: Wording = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        """What the node is called."""
        return self._wording.name(self.node)

    @property
    def parent_name(self) -> str:
        """What the parent is called."""
        return self._wording.name(self.parent)

    @property
    def operation(self) -> str:
        """The formula of the node, such as `b + w·x`."""
        return self._wording.formulas(self.node)[0].text()

    @property
    def formula(self) -> str:
        """The formula of the local derivative, such as `1 − a²`."""
        return self._wording.formulas(self.node)[1][self.position].text()


class Explanation(Facts):
    """Where a derivative comes from: text for a terminal, Markdown or LaTeX for a notebook.

    Attributes:
        output: The Value that is differentiated.
        wrt: The Value with respect to which it is.
        derivative: The derivative of `output` with respect to `wrt`.
        order: The nodes on the way from `wrt` to the output, in the order of computation.
        gradients: ∂output/∂node for each of them.
        number_of_paths: How many paths lead from `wrt` to the output, exactly.
        paths: Those with the greatest contributions, greatest first.
        central_difference: The difference quotient, if it was asked for.
    """

    @cached_property
    def _excerpt(self) -> Excerpt:
        return Excerpt(self)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """Every edge on the way, in the order of the backward pass.

        Those with one `parent` are its uses, and their contributions add up to its gradient.
        """
        words = self._excerpt.wording
        return tuple(
            Row(e.node, e.parent, e.position, e.local_derivative, e.gradient, e.contribution, words)
            for node in reversed(self.order[1:])
            for e in self.reading.edges(node)
            if e.parent in self.gradients
        )

    def __str__(self) -> str:
        return "\n\n".join(paragraphs(self._excerpt, PlainText()))

    def __repr__(self) -> str:
        name = self._excerpt.wording.name
        return f"<Explanation ∂{name(self.output)}/∂{name(self.wrt)} = {self.derivative!r}>"

    def _repr_markdown_(self) -> str:
        return "\n\n".join(paragraphs(self._excerpt, Markdown()))

    def _repr_latex_(self) -> str:
        setting = Markdown()
        return setting.equations(derivation(self._excerpt, setting))


@collector_paused()
def explain(
    output: Value,
    wrt: Value,
    names: GivenNames = (),
    model: Named | None = None,
    top: int = 5,
    gradient_check: bool = False,
) -> Explanation:
    """Say where ∂output/∂wrt comes from: the chain rule in words, with formulas and numbers.

        ∂output/∂wrt = Σ ∂output/∂consumer · ∂consumer/∂wrt, over all nodes that use wrt

    The derivative is also the sum, over all paths from `wrt` to the output, of the products of the
    local derivatives along each; the greatest of them are shown, with the number of all.

    A Value is called by its name as in a drawing: the one given, its label, the caller's variable;
    else as in a textbook, z a weighted sum and a its activation. "=" stands where the written
    digits give it, otherwise "≈".

    Args:
        output: The Value to differentiate.
        wrt: The Value with respect to which: a leaf or an intermediate one.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them. The rest are
            called by their labels, and by the variables and models of the caller; False for labels
            and `model` alone.
        model: Whatever has such a method; a name in `names` goes before one of the model.
        top: How many paths to show, those with the greatest contributions.
        gradient_check: Whether to add the central difference: the recorded operations run again
            on the present data, with `wrt` moved a little to both sides.

    Returns:
        An Explanation, whose text is the account. Its derivative is 0 where the output does not
        depend on `wrt`. Every `.grad` stays as it is.

    Raises:
        TypeError: Where `output`, `wrt`, `names`, `model` or `top` is something else.
        ValueError: Where `top` is below 0.

    Example:
        >>> x, w, b = Value(2.0), Value(-0.5), Value(1.0)
        >>> L = (w * x + b).exp()
        >>> print(explain(L, x, top=0))
        ∂L/∂x = −0.5
        <BLANKLINE>
          ∂L/∂x = ∂L/∂z · ∂z/∂x
                = L · w
                = 1 × (−0.5)
                = −0.5
        <BLANKLINE>
        The operations on the way from x to L
        <BLANKLINE>
          v1 = w·x      ∂v1/∂x = w = −0.5
          z = v1 + b    ∂z/∂v1 = 1
          L = exp(z)    ∂L/∂z = L = 1
        <BLANKLINE>
        The chain rule, from L back to x
        <BLANKLINE>
          ∂L/∂z = L = 1
          ∂L/∂v1 = ∂L/∂z · ∂z/∂v1 = 1 × 1 = 1
          ∂L/∂x = ∂L/∂v1 · ∂v1/∂x = 1 × (−0.5) = −0.5

    Source:
        Of the sum over paths: Bauer, Computational graphs and rounding error (1974).
    """
    as_value(wrt, "wrt")
    variables = callers_variables()
    reading = Reading(output, names, model, variables, also=[wrt], differentiate=True)
    if isinstance(top, bool) or not isinstance(top, int):
        raise TypeError(f"top must be an int, but got {received(top)}")
    if top < 0:
        raise ValueError(f"top must be at least 0, the number of paths to show, but got {top}")
    return Explanation(reading, wrt, top, gradient_check)
