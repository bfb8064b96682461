from .calculus import (
    gradient as gradient,
    hessian as hessian,
    jacobian as jacobian,
)
from .checking import (
    GradcheckError as GradcheckError,
    find_nonfinite as find_nonfinite,
    gradcheck as gradcheck,
)
from .collector import (
    collector_paused as collector_paused,
)
from .compiler.compiled import (
    CompiledGraph as CompiledGraph,
    compile as compile,
)
from .compiler.updates import (
    elementwise as elementwise,
    sum_of_squares as sum_of_squares,
)
from .drawing.drawing import (
    Drawing as Drawing,
    draw as draw,
)
from .elementary import (
    atan as atan,
    cos as cos,
    cosh as cosh,
    elu as elu,
    erf as erf,
    erfc as erfc,
    exp as exp,
    expm1 as expm1,
    gelu as gelu,
    leaky_relu as leaky_relu,
    log as log,
    log1p as log1p,
    maximum as maximum,
    minimum as minimum,
    relu as relu,
    selu as selu,
    sigmoid as sigmoid,
    silu as silu,
    sin as sin,
    sinh as sinh,
    softplus as softplus,
    sqrt as sqrt,
    tan as tan,
    tanh as tanh,
)
from .explanation.explanation import (
    Explanation as Explanation,
    explain as explain,
)
from .files import (
    write_whole as write_whole,
)
from .operation import (
    Operation as Operation,
)
from .rows import (
    as_items as as_items,
    as_rows as as_rows,
    holds_items as holds_items,
)
from .value import (
    Constant as Constant,
    Value as Value,
    dot as dot,
    log_sum_exp as log_sum_exp,
    record as record,
    total as total,
)
from .viewer.viewer import (
    Viewer as Viewer,
    view as view,
)
from .words.steps import (
    BackwardStep as BackwardStep,
    ForwardStep as ForwardStep,
    backward_steps as backward_steps,
    forward_steps as forward_steps,
)
