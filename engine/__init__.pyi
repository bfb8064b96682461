from .animation.animation import (
    Animation as Animation,
    animate as animate,
)
from .calculus import (
    gradient as gradient,
    hessian as hessian,
    hvp as hvp,
    jacobian as jacobian,
    jvp as jvp,
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
from .compiler.page.instructions import (
    graph_table as graph_table,
    rule_table as rule_table,
)
from .compiler.page.scripts import (
    embedded_json as embedded_json,
    page_script as page_script,
    script_policy as script_policy,
)
from .compiler.updates import (
    elementwise as elementwise,
    sum_of_squares as sum_of_squares,
)
from .drawing.drawing import (
    Drawing as Drawing,
    draw as draw,
)
from .dual import (
    derivative as derivative,
    operation as operation,
    taylor as taylor,
)
from .elementary import (
    acos as acos,
    acosh as acosh,
    asin as asin,
    asinh as asinh,
    atan as atan,
    atan2 as atan2,
    atanh as atanh,
    clip as clip,
    cos as cos,
    cosh as cosh,
    degrees as degrees,
    elu as elu,
    equal as equal,
    erf as erf,
    erfc as erfc,
    exp as exp,
    exp2 as exp2,
    expm1 as expm1,
    gelu as gelu,
    greater as greater,
    greater_equal as greater_equal,
    hypot as hypot,
    leaky_relu as leaky_relu,
    less as less,
    less_equal as less_equal,
    log as log,
    log1p as log1p,
    log2 as log2,
    log10 as log10,
    log_sigmoid as log_sigmoid,
    maximum as maximum,
    minimum as minimum,
    radians as radians,
    relu as relu,
    selu as selu,
    sigmoid as sigmoid,
    sign as sign,
    silu as silu,
    sin as sin,
    sinc as sinc,
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
from .primitive import (
    Operation as Operation,
)
from .rows import (
    as_items as as_items,
    as_rows as as_rows,
    holds_items as holds_items,
)
from .thresholds import (
    DEAD_SHARE as DEAD_SHARE,
    EXPLODING_ABOVE as EXPLODING_ABOVE,
    SATURATED_SHARE as SATURATED_SHARE,
    VANISHING_BELOW as VANISHING_BELOW,
)
from .value import (
    Constant as Constant,
    Value as Value,
    dot as dot,
    log_sum_exp as log_sum_exp,
    mean as mean,
    norm as norm,
    prod as prod,
    record as record,
    softmax as softmax,
    std as std,
    total as total,
    var as var,
    where as where,
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
