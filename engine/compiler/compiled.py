"""`compile`: a recorded graph as a function of rows, at the speed of the machine."""

import math
import threading
from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from engine.collector import collector_paused
from engine.compiler.dialects import C99, JAVASCRIPT, PYTHON, Dialect
from engine.compiler.forks import renew_in_child
from engine.compiler.kernels import (
    DIRECT,
    Kernel,
    MachineKernel,
    MovingKernel,
    OneByOneKernel,
    PythonKernel,
    TapeKernel,
    llvm_source,
    machine_source,
    python_source,
    require,
    worth_moving,
)
from engine.compiler.listing import source
from engine.compiler.lowering import Graph
from engine.compiler.rows import as_block
from engine.compiler.tape import Tape
from engine.numbers import Real, as_float
from engine.reading import Reading
from engine.text import short
from engine.value import Constant, Value, as_values, record, unchecked, used


@collector_paused()
def compile(
    output: Value | Sequence[Value],
    inputs: Sequence[Value],
    parameters: Sequence[Value] | None = None,
    *,
    names: Iterable[tuple[str, Value]] = (),
    seeds: Sequence[Real] | None = None,
    backend: str = "auto",
) -> "CompiledGraph":
    """Make a function of rows of a recorded graph: forward, and backward through the chain rule.

    Record the graph of one row, then let it run on many. The graph has the branches that were taken
    when it was recorded: `if x > 0:` was decided then, for good, while `relu` and `maximum` decide
    for each row. `CompiledGraph.check` tells whether a graph stands for its function.

    Every row's output has the bits of the eager engine's. Gradients agree to rounding, for the sum
    over the rows may be ordered differently; for so many rows the order is always the same.

    Args:
        output: A recorded Value, or several.
        inputs: The leaves for which each row has a number, in this order.
        parameters: The leaves whose data is looked up at each call, and that get gradients. If
            None: all other leaves that are not constants, in the order in which the computation
            comes upon them. A leaf that is neither input nor parameter keeps the number that it
            has now.
        names: Pairs of a name and a Value, as `model.named_parameters()` gives them, for the
            listing of `python()`; else the labels are used.
        seeds: What is differentiated is the sum of the outputs, each times its seed; 1 for each if
            None. (1, 0) carries a second output along that takes no part.
        backend: "auto", ready at once by a tape, and moving to straight-line code, built in the
            background, once that pays; "tape" or "llvm" for either alone; or "python". All but the
            last need llvmlite. The first three give the same bits.

    Returns:
        The function, with the gradients that it adds up.

    Raises:
        TypeError: Where something that should be a Value is none.
        ValueError: Where an input or parameter is no leaf or stands twice; for no output, a number
            of seeds that is not that of the outputs, another backend.
        ImportError: Where llvmlite is missing; it gives the command that installs it.

    Example:
        >>> w, b, x, y = Value(0.5, "w"), Value(0.0, "b"), Value(1.0, "x"), Value(1.0, "y")
        >>> loss = (w * x + b - y) ** 2
        >>> compiled = compile(loss, inputs=[x, y], backend="python")
        >>> compiled.evaluate([[1.0, 1.0], [2.0, 3.0]])
        array('d', [0.25, 4.0])
        >>> compiled.backward_rows([[1.0, 1.0], [2.0, 3.0]])
        array('d', [0.25, 4.0])
        >>> w.grad, b.grad
        (-9.0, -5.0)
    """
    inputs = as_values(inputs, "inputs")
    if parameters is not None:
        parameters = as_values(parameters, "parameters")
    reading = Reading(output, names, also=[*inputs, *(parameters or ())])
    if not reading.outputs:
        raise ValueError("compile needs at least one output")
    leaves = [node for node in reading.order if node.op is None]
    if parameters is None:
        given = set(inputs)
        parameters = [x for x in leaves if not isinstance(x, Constant) and x not in given]
    _check_leaves(inputs, parameters)
    weights = [1.0] * len(reading.outputs)
    if seeds is not None:
        weights = [as_float(seed, "a seed") for seed in seeds]
        if len(weights) != len(reading.outputs):
            raise ValueError(f"there are {len(reading.outputs)} outputs, but {len(weights)} seeds")
    require(backend)
    played = {*inputs, *parameters}
    constants = {leaf: leaf.data for leaf in leaves if leaf not in played}
    graph = Graph(reading, inputs, parameters, constants, weights)
    return CompiledGraph(graph, backend, several=isinstance(output, list | tuple))


def _check_leaves(inputs: Sequence[Value], parameters: Sequence[Value]) -> None:
    """Raise unless these are leaves, each named once."""
    seen: dict[Value, str] = {}
    for what, leaves in (("inputs", inputs), ("parameters", parameters)):
        for i, leaf in enumerate(leaves):
            here = f"{what}[{i}]"
            if leaf.op is not None:
                raise ValueError(
                    f"{here} must be a leaf, but it was made by {leaf.op.name!r}: {leaf!r}; "
                    "detach it before the output is computed from it"
                )
            if leaf in seen:
                raise ValueError(f"{here} is {seen[leaf]} once more: {leaf!r}")
            seen[leaf] = here


class CompiledGraph:
    """A recorded graph that runs on rows of numbers; `engine.compile` makes it.

    A call reads the parameters' `.data` and adds to their `.grad`. For many parameters that costs
    more than the calculation: with `sync=False` the calls of rows use `data` and `grad` alone,
    which `pull` fills from the Values and `push` writes back to them.

    Code is made when it is first needed: for the outputs, for the gradients of the parameters, and
    for those of the inputs too. Threads may share a compiled graph, and a process may fork while
    they do.

    Attributes:
        inputs: The Values for which each row has a number, in order.
        outputs: The Values that were compiled, in order.
        parameters: The Values whose data is looked up, in order.
        backend: "auto", "tape", "llvm" or "python".
    """

    def __init__(self, graph: Graph, backend: str, *, several: bool) -> None:
        self._graph = graph
        self._several = several
        self._kernels: dict[str, Kernel] = {}
        self._tape: Tape | None = None
        self._one: Callable[[Any, Any], int] | None = None
        self._unlock()
        renew_in_child(self._unlock)
        self._width = len(graph.inputs)
        self._n_outputs = len(graph.reading.outputs)
        self.backend = backend
        self.inputs = tuple(graph.inputs)
        self.outputs = graph.reading.outputs
        self.parameters = tuple(graph.parameters)
        self._data = array("d", [parameter.data for parameter in self.parameters])
        self._grad = _ZERO * len(self.parameters)
        # Machine code writes here: while a view exists, an array refuses to move.
        self._pinned = memoryview(self._data), memoryview(self._grad).cast("B")
        self._zeros = bytes(8 * len(self._grad))

    def _unlock(self) -> None:
        self._making = threading.Lock()
        self._syncing = threading.Lock()

    # One row

    def __call__(self, *row: Real) -> Any:
        """The output for one row, with the parameters' current data; several come as a tuple."""
        block = self._row(row)
        with self._syncing:
            self._pull_data()
            outputs = self._run("outputs", 1, block, _NOTHING, 1.0)
        return tuple(outputs) if self._several else outputs[0]

    def backward(self, *row: Real) -> Any:
        """The output for one row; the derivatives are added to `.grad` of parameters and inputs.

        Args:
            row: A number for each input.

        Returns:
            The output, a float; several come as a tuple.

        Raises:
            FloatingPointError: Where the eager engine raises, as in `backward_rows`.

        Example:
            >>> x, w = Value(3.0), Value(2.0)
            >>> compiled = compile(w * x, [x], backend="python")
            >>> compiled.backward(5.0), w.grad, x.grad
            (10.0, 5.0, 2.0)
        """
        outputs = self._synced(self._row(row), 1, 1.0)
        return tuple(outputs) if self._several else outputs[0]

    # Many rows

    def evaluate(self, rows: Any, *, sync: bool = True) -> Any:
        """The output for every row. Where the eager engine raises, it is IEEE 754's inf or nan.

        Args:
            rows: A sequence of rows, each with a number for each input; or doubles in C order with
                the buffer protocol (an `array('d')`, a NumPy array), flat or two-dimensional, which
                are used without a copy.
            sync: Whether to read the parameters' data from the Values, or use `data` as it stands.

        Returns:
            An array of doubles, one for each row; of several outputs a tuple of arrays.

        Raises:
            TypeError: Where something is no row, or no real number.
            ValueError: Where a row has more or fewer numbers than there are inputs.
        """
        block, n = as_block(rows, self._width)
        if not sync:
            return self._arrays(self._run("outputs", n, block, _NOTHING, 1.0), n)
        with self._syncing:
            self._pull_data()
            return self._arrays(self._run("outputs", n, block, _NOTHING, 1.0), n)

    def backward_rows(self, rows: Any, reduction: str = "sum", *, sync: bool = True) -> Any:
        """The output for every row, as `evaluate`; the gradients over all rows are added up.

        Args:
            rows: As for `evaluate`.
            reduction: "sum" adds the sum of the rows' gradients, "mean" their mean.
            sync: Whether to read the parameters' data from the Values, and to add to `.grad` of
                parameters and inputs; else `data` is read, and the gradients of the parameters are
                added to `grad`.

        Returns:
            As `evaluate`.

        Raises:
            FloatingPointError: Where the eager engine raises, with the first such row; no gradient
                has been added.
            TypeError: As `evaluate`.
            ValueError: As `evaluate`; and for another reduction, or a mean over no rows.
        """
        one = self._one
        if (
            one is not None
            and not sync
            and type(rows) is array
            and len(rows) == self._width
            and rows.typecode == "d"
            and reduction == "sum"
        ):
            outputs = _ZERO * self._n_outputs
            if one(rows, outputs) < 0:
                return self._arrays(outputs, 1)
        block, n = as_block(rows, self._width)
        if reduction == "sum":
            scale = 1.0
        elif reduction == "mean":
            if n == 0:
                raise ValueError("there is no mean over no rows; give at least one row")
            scale = 1.0 / n
        else:
            raise ValueError(f'the reduction must be "sum" or "mean", but got {short(reduction)}')
        if sync:
            return self._arrays(self._synced(block, n, scale), n)
        return self._arrays(self._run("parameters", n, block, self._grad, scale), n)

    # The buffers

    @property
    def data(self) -> "array[float]":
        """The parameters' data, to be changed in place: another array in its stead may not fit."""
        return self._data

    @property
    def grad(self) -> "array[float]":
        """The parameters' gradients, to be changed in place."""
        return self._grad

    def pull(self) -> None:
        """Read the parameters' data and gradients into `data` and `grad`."""
        self._pull_data()
        for i, parameter in enumerate(self.parameters):
            self._grad[i] = parameter.grad

    def push(self) -> None:
        """Write `data` and `grad` back to the parameters."""
        for parameter, data, grad in zip(self.parameters, self.data, self.grad, strict=True):
            parameter.data = data
            parameter.grad = grad

    def zero_grad(self) -> None:
        """Set `grad` to zero; the parameters' own gradients stay."""
        self._pinned[1][:] = self._zeros

    def _pull_data(self) -> None:
        data = self._data
        for i, parameter in enumerate(self.parameters):
            data[i] = parameter.data

    # What stands behind

    @property
    def source(self) -> str:
        """The program for the outputs and the parameters' gradients: LLVM's language, or Python."""
        if self.backend == "python":
            return python_source(self._graph, self.parameters)
        return llvm_source(self._graph, self.parameters)

    @property
    def assembly(self) -> str:
        """The same in the machine's assembly language."""
        if self.backend == "python":
            raise ValueError('the backend "python" makes no machine code; see source')
        return machine_source(self._graph, self.parameters)

    def python(self) -> str:
        """The whole forward and backward pass as straight-line Python: the unrolled chain rule.

        One line for each operation, with the names from the graph; `d_w` is the derivative of the
        output with respect to `w`. It runs as it stands: `run(inputs, parameters)` gives the
        outputs, and the derivatives with respect to the parameters and then the inputs.

        Returns:
            The source, with its import.

        Example:
            >>> x, w, b = Value(3.0, "x"), Value(2.0, "w"), Value(1.0, "b")
            >>> print(compile((w * x + b).tanh(), [x], backend="python").python())
            from engine.functions import tanh, tanh_slope
            <BLANKLINE>
            <BLANKLINE>
            def run(inputs, parameters):
                (x,) = inputs
                w, b = parameters
                v1 = w * x
                z = v1 + b
                a = tanh(z)
                # the chain rule, backward: d_w is the derivative with respect to w
                d_z = tanh_slope(z, a)
                d_w = d_z * x
                d_x = d_z * w
                d_b = d_z
                return (a,), (d_w, d_b, d_x)
            <BLANKLINE>
        """
        return self._listed(PYTHON, derivatives=True)

    def c(self, *, derivatives: bool = True) -> str:
        """The same in C99, which needs `math.h` and nothing else: `void run(...)`.

        It reads `inputs` and `parameters` and writes `outputs` and `derivatives`, arrays of doubles
        in the order of `python()`. Of a graph that was compiled with `parameters=[]` the numbers
        stand in the source, so that a trained model goes onto a microcontroller. Where the compiler
        makes one operation of a product and a sum, the last digits differ: `-ffp-contract=off`.

        Args:
            derivatives: Whether there is a backward pass, and an array of derivatives.

        Returns:
            The source.

        Example:
            >>> x, w = Value(3.0, "x"), Value(2.0, "w")
            >>> print(compile(w * x, [x], backend="python").c())
            #include <math.h>
            <BLANKLINE>
            void run(const double *inputs, const double *parameters, double *outputs,
                     double *derivatives) {
                const double x = inputs[0];
                const double w = parameters[0];
                const double v1 = w * x;
                /* the chain rule, backward: d_w is the derivative with respect to w */
                const double d_w = x;
                const double d_x = w;
                outputs[0] = v1;
                derivatives[0] = d_w;
                derivatives[1] = d_x;
            }
            <BLANKLINE>
        """
        return self._listed(C99, derivatives)

    def javascript(self, *, derivatives: bool = True) -> str:
        """The same in JavaScript, a function without imports: `run(inputs, parameters)`.

        It gives `[outputs, derivatives]`, arrays in the order of `python()`. A browser's elementary
        functions are its own, so the last digits may differ.

        Args:
            derivatives: Whether there is a backward pass; the second array is empty without it.

        Returns:
            The source, with the functions that JavaScript lacks.

        Example:
            >>> x, w = Value(3.0, "x"), Value(2.0, "w")
            >>> compiled = compile((w * x).exp(), [x], backend="python")
            >>> print(compiled.javascript(derivatives=False))
            function run(inputs, parameters) {
              const [x] = inputs;
              const [w] = parameters;
              const v1 = w * x;
              const v2 = Math.exp(v1);
              return [[v2], []];
            }
            <BLANKLINE>
        """
        return self._listed(JAVASCRIPT, derivatives)

    def _listed(self, dialect: Dialect, derivatives: bool) -> str:
        wanted = (*self.parameters, *self.inputs) if derivatives else None
        return source(self._graph, wanted, dialect)

    @collector_paused()
    def check(self, function: Callable[..., Any], rows: Any) -> None:
        """Run the function that was recorded eagerly on some rows; raise where the two part.

        A graph has the branches that were taken when it was recorded, and the numbers that were not
        Values.

        Args:
            function: Called with a Value for each input, it returns the output or the outputs.
            rows: As for `evaluate`.

        Raises:
            ValueError: Where the function does something else on a row, which it names.

        Example:
            >>> x = Value(3.0)
            >>> def bent(x):
            ...     return 2 * x if x > 0 else 0 * x
            >>> compile(bent(x), [x], backend="python").check(bent, [[1.0], [-1.0]])
            Traceback (most recent call last):
                ...
            ValueError: on row 1, [-1.0], the function gives -0.0 and the compiled graph -2.0: the
            graph has the branches and numbers of the row on which it was recorded; use relu,
            maximum or minimum in place of `if`, and make an input of what differs from row to row
        """
        block, n = as_block(rows, self._width)
        result = self.evaluate(block)
        columns = result if self._several else (result,)
        for i in range(n):
            row = list(block[i * self._width : (i + 1) * self._width])
            output = function(*map(Value, row))
            eager = list(output) if isinstance(output, tuple | list) else [output]
            if len(eager) != len(columns):
                raise ValueError(
                    f"the function gives {len(eager)} outputs, but {len(columns)} were compiled"
                )
            for value, column in zip(eager, columns, strict=True):
                plain = value.data if isinstance(value, Value) else value
                number = as_float(plain, "what the function returns")
                if number != column[i] and not (math.isnan(number) and math.isnan(column[i])):
                    raise ValueError(
                        f"on row {i}, {row}, the function gives {number!r} and the compiled graph "
                        f"{column[i]!r}: the graph has the branches and numbers of the row on "
                        "which it was recorded; use relu, maximum or minimum in place of `if`, "
                        "and make an input of what differs from row to row"
                    )

    def __repr__(self) -> str:
        return (
            f"CompiledGraph({len(self._graph.reading.order)} nodes, {len(self.inputs)} inputs, "
            f"{len(self.parameters)} parameters, {len(self.outputs)} outputs, "
            f"backend={self.backend!r})"
        )

    def __reduce__(self) -> Any:
        raise TypeError(
            "a CompiledGraph cannot be copied or pickled, for its code belongs to this process; "
            "copy what it was recorded from, and compile again"
        )

    def _row(self, row: tuple[Real, ...]) -> "array[float]":
        if len(row) != self._width:
            raise TypeError(
                f"this graph has {self._width} inputs, but got {len(row)} numbers; rows of them "
                "go to evaluate and backward_rows"
            )
        return array("d", [as_float(number, "an input") for number in row])

    def _arrays(self, outputs: "array[float]", n: int) -> Any:
        if not self._several:
            return outputs
        return tuple(outputs[i * n : (i + 1) * n] for i in range(self._n_outputs))

    def _synced(self, block: Any, n: int, scale: float) -> "array[float]":
        """Run on the Values' data, and add to their gradients."""
        with self._syncing:
            self._pull_data()
            leaves = self.parameters + self.inputs
            gradients = _ZERO * len(leaves)
            outputs = self._run("all", n, block, gradients, scale)
            for leaf, gradient in zip(leaves, gradients, strict=True):
                leaf.grad += gradient
            for i, parameter in enumerate(self.parameters):
                self._grad[i] = parameter.grad
        return outputs

    def _run(
        self, wanted: str, n: int, block: Any, gradients: "array[float]", scale: float
    ) -> "array[float]":
        """Let the kernel for the wanted derivatives run; its outputs."""
        kernel = self._kernels.get(wanted) or self._kernel(wanted)
        outputs = _ZERO * (n * self._n_outputs)
        bad = kernel(n, block, self._data, outputs, gradients, scale, True)
        if bad >= 0:
            self._refuse(block, bad, n)
            kernel(n, block, self._data, outputs, gradients, scale, False)
        return outputs

    def _kernel(self, wanted: str) -> Kernel:
        leaves = {
            "outputs": None,
            "parameters": self.parameters,
            "all": self.parameters + self.inputs,
        }[wanted]
        with self._making:
            if wanted not in self._kernels:
                self._kernels[wanted] = self._made(wanted, leaves)
        return self._kernels[wanted]

    @collector_paused()
    def _made(self, wanted: str, leaves: tuple[Value, ...] | None) -> Kernel:
        """A new kernel."""
        if self.backend == "python":
            return PythonKernel(self._graph, leaves)
        if self.backend == "llvm":
            return MachineKernel(self._graph, leaves)
        if self._tape is None:
            self._tape = Tape(self._graph)
        tape = TapeKernel(self._tape, leaves)
        if self.backend == "tape" or not worth_moving(self._graph):
            return tape
        return MovingKernel(tape, self._graph, leaves, partial(self._settle, wanted))

    def _settle(self, wanted: str, kernel: Kernel) -> None:
        """Put another kernel in the place of the one that was there."""
        self._kernels[wanted] = kernel
        if wanted == "parameters" and isinstance(kernel, OneByOneKernel) and DIRECT and self._width:
            self._one = kernel.of_one_row(self._data, self._grad)

    def _refuse(self, block: Any, first: int, n: int) -> None:
        """Raise for the first row, from this one on, that the eager engine refuses, if any."""
        width = self._width
        for i in range(first, n):
            row = block[i * width : (i + 1) * width]
            leaves = {**self._graph.constants, **dict(zip(self.parameters, self.data, strict=True))}
            leaves |= zip(self.inputs, row, strict=True)
            eager: dict[Value, Value] = {}
            order = self._graph.reading.order
            with unchecked():
                for node in order:
                    if node.op is None:
                        eager[node] = Value(leaves[node])
                    else:
                        eager[node] = record(node.op, tuple(eager[p] for p in node.parents))
                    eager[node].label = node.label
            outputs = [eager[output] for output in self.outputs]
            try:
                nodes = [eager[node] for node in order]
                counting = used(nodes, outputs)
                for node in nodes:  # in their order: the first is named
                    if node.op is not None and node in counting:
                        record(node.op, node.parents)
            except (ValueError, ArithmeticError) as error:
                raise FloatingPointError(
                    f"row {i}: {error}; to see how it comes about, compute that row eagerly and "
                    "look at its nodes, engine.find_nonfinite(output) among them"
                ) from error


_NOTHING = array("d")
_ZERO = array("d", [0.0])
