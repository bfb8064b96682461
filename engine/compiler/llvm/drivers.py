"""The function `run`, with which machine code begins: it walks through memory, a block at a time.

`over_rows` goes through rows that lie one behind the other, sums up and adds to gradients;
`over_buffers` goes through several buffers abreast, and writes its outputs back into them.
"""

from collections.abc import Iterable, Mapping

from engine.compiler.llvm.assembler import Assembly
from engine.compiler.llvm.writer import vector_type

_COPY = "call void @llvm.memcpy.p0.p0.i64"


def over_rows(assembly: Assembly) -> str:
    """`run` for rows: the first row that is suspect, or -1 after adding to the gradients.

    The rows that fill no block come first; the lanes that are left over repeat the last of them,
    and are dropped from the sums. So rows are looked at in order. A thread that adds to the
    gradients holds the lock. Of no rows nothing is added, not even 0 times an infinite slope.
    """
    lanes, layout, lowered = assembly.lanes, assembly.layout, assembly.lowered
    n_outputs = len(lowered.outputs)
    return f"""
{DECLARATIONS}
declare i64 @llvm.cttz.i64(i64, i1)

define i64 @run(ptr %arguments) #0 {{
entry:
{load_arguments(ROWS)}
  {_address("inputs", layout.inputs)}
  {_address("mark", layout.mark)}
  call void @llvm.memset.p0.i64(ptr %scratch, i8 0, i64 {8 * lanes * lowered.n_sums}, i1 0)
  store i64 0, ptr %mark, align 8
  %no_rows = icmp eq i64 %n, 0
  br i1 %no_rows, label %nothing, label %begin

nothing:
  ret i64 -1

begin:
{assembly.calls("before")}
  br label %block

block:
  %i = phi i64 [ 0, %begin ], [ %i_next, %next ]
{_count(lanes)}
  %last = sub i64 %count, 1
  %offset = mul i64 %i, {8 * assembly.n_inputs}
  %here = getelementptr i8, ptr %rows, i64 %offset
{_gather(assembly)}

calculate:
{assembly.calls("rows")}
  %marks = load i64, ptr %mark, align 8
  %counting = shl i64 1, %count
  %counted = sub i64 %counting, 1
  %suspects = and i64 %marks, %counted
  %none = icmp eq i64 %suspects, 0
  %unchecked = icmp eq i64 %check, 0
  %go_on = or i1 %none, %unchecked
  br i1 %go_on, label %write, label %suspect

suspect:
  %lane = call i64 @llvm.cttz.i64(i64 %suspects, i1 0)
  %bad = add i64 %i, %lane
  ret i64 %bad

write:
{_join(_write_output(assembly, number) for number in range(n_outputs))}
{_drop_lanes(assembly)}

next:
  %i_next = add i64 %i, %count
  %finished = icmp uge i64 %i_next, %n
  br i1 %finished, label %done, label %block

done:
{_add_up(assembly)}
}}
"""


def over_buffers(assembly: Assembly) -> str:
    """`run` for buffers: the outputs go into the first of them, element by element."""
    lanes, n, n_outputs = assembly.lanes, assembly.n_inputs, len(assembly.lowered.outputs)
    return f"""
{DECLARATIONS}

define i64 @run(ptr %arguments) #0 {{
entry:
{load_arguments(BUFFERS)}
{assembly.calls("before")}
{_join(_buffer(number) for number in range(assembly.n_inputs))}
  %no_rows = icmp eq i64 %n, 0
  br i1 %no_rows, label %done, label %block

block:
  %i = phi i64 [ 0, %entry ], [ %i_next, %next ]
{_count(lanes)}
  %some = mul i64 %count, 8
{_join(_places(assembly, number) for number in range(assembly.n_inputs))}
{_join(_output_place(assembly, number) for number in range(n_outputs))}
  br i1 %full, label %read_all, label %read_some

read_all:
{_join(_copy(f"%input{number}", f"%here{number}", f"{8 * lanes}") for number in range(n))}
  br label %calculate

read_some:
{_join(_copy(f"%input{number}", f"%here{number}", "%some") for number in range(n))}
  br label %calculate

calculate:
{assembly.calls("rows")}
  br i1 %full, label %write_all, label %write_some

write_all:
{_join(_copy(f"%here{number}", f"%output{number}", f"{8 * lanes}") for number in range(n_outputs))}
  br label %next

write_some:
{_join(_copy(f"%here{number}", f"%output{number}", "%some") for number in range(n_outputs))}
  br label %next

next:
  %i_next = add i64 %i, %count
  %finished = icmp uge i64 %i_next, %n
  br i1 %finished, label %done, label %block

done:
  ret i64 -1
}}
"""


DECLARATIONS = """declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)"""


ROWS = {
    "n": "i64",
    "rows": "ptr",
    "data": "ptr",
    "out": "ptr",
    "grad": "ptr",
    "scale": "double",
    "check": "i64",
    "lock": "ptr",
}
"""The arguments of a call over rows, with their types."""

BUFFERS = {"n": "i64", "buffers": "ptr", "data": "ptr", "grad": "ptr"}
"""The arguments of a call over buffers."""

ARGUMENTS_SIZE = 128
"""The bytes before the scratch memory in which a call finds its arguments."""


def load_arguments(types: Mapping[str, str]) -> str:
    """Load the arguments, each of 8 bytes."""
    lines = []
    for i, (name, kind) in enumerate(types.items()):
        lines += [
            f"  %{name}_at = getelementptr i8, ptr %arguments, i64 {8 * i}",
            f"  %{name} = load {kind}, ptr %{name}_at, align 8",
        ]
    lines.append(f"  %scratch = getelementptr i8, ptr %arguments, i64 {ARGUMENTS_SIZE}")
    return _join(lines)


def _join(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _address(name: str, offset: int) -> str:
    return f"%{name} = getelementptr i8, ptr %scratch, i64 {offset}"


def _count(lanes: int) -> str:
    """How many rows the block has: the remainder comes first, then all blocks are full."""
    return f"""  %left = sub i64 %n, %i
  %rest = urem i64 %left, {lanes}
  %full = icmp eq i64 %rest, 0
  %count = select i1 %full, i64 {lanes}, i64 %rest"""


def _gather(assembly: Assembly) -> str:
    """From rows, one behind the other, to a vector for each input."""
    lanes, n_inputs, t = assembly.lanes, assembly.n_inputs, vector_type(assembly.lanes)
    if n_inputs == 0:
        return "  br label %calculate"
    if lanes == 1:  # a row is a vector for each input already
        size = f"i64 {8 * n_inputs}"
        return _join([f"  {_COPY}(ptr %inputs, ptr %here, {size}, i1 0)", "  br label %calculate"])
    lines = []
    for lane in range(lanes):
        lines += [
            f"  %beyond{lane} = icmp ugt i64 {lane}, %last",
            f"  %row{lane} = select i1 %beyond{lane}, i64 %last, i64 {lane}",
            f"  %at{lane} = mul i64 %row{lane}, {8 * n_inputs}",
            f"  %from{lane} = getelementptr i8, ptr %here, i64 %at{lane}",
        ]
    lines += ["  br label %gather", "", "gather:"]
    lines += ["  %j = phi i64 [ 0, %block ], [ %j_next, %gather ]"]
    vector = "undef"
    for lane in range(lanes):
        lines += [
            f"  %element{lane} = getelementptr double, ptr %from{lane}, i64 %j",
            f"  %number{lane} = load double, ptr %element{lane}, align 8",
            f"  %column{lane} = insertelement {t} {vector}, double %number{lane}, i32 {lane}",
        ]
        vector = f"%column{lane}"
    lines += [
        f"  %to = getelementptr {t}, ptr %inputs, i64 %j",
        f"  store {t} {vector}, ptr %to, align {8 * lanes}",
        "  %j_next = add i64 %j, 1",
        f"  %gathered = icmp eq i64 %j_next, {n_inputs}",
        "  br i1 %gathered, label %calculate, label %gather",
    ]
    return _join(lines)


def _write_output(assembly: Assembly, number: int) -> str:
    """Of several outputs, n numbers of the first come before n of the second, and so on."""
    offset = assembly.layout.outputs + 8 * assembly.lanes * number
    return f"""  {_address(f"output{number}", offset)}
  %place{number} = mul i64 %n, {number}
  %index{number} = add i64 %place{number}, %i
  %out{number} = getelementptr double, ptr %out, i64 %index{number}
  %size{number} = mul i64 %count, 8
  {_COPY}(ptr %out{number}, ptr %output{number}, i64 %size{number}, i1 0)"""


def _drop_lanes(assembly: Assembly) -> str:
    """Set what the lanes that stand for no row have added to the sums to zero."""
    lanes, n_sums, t = assembly.lanes, assembly.lowered.n_sums, vector_type(assembly.lanes)
    if n_sums == 0 or lanes == 1:
        return "  br label %next"
    numbers = ", ".join(f"i64 {lane}" for lane in range(lanes))
    integers = f"<{lanes} x i64>"
    return f"""  br i1 %full, label %next, label %drop

drop:
  %one = insertelement {integers} undef, i64 %count, i32 0
  %counts = shufflevector {integers} %one, {integers} undef, <{lanes} x i32> zeroinitializer
  %counting_lanes = icmp ult {integers} <{numbers}>, %counts
  br label %drop_lanes

drop_lanes:
  %s = phi i64 [ 0, %drop ], [ %s_next, %drop_lanes ]
  %sum = getelementptr {t}, ptr %scratch, i64 %s
  %all_lanes = load {t}, ptr %sum, align {8 * lanes}
  %kept = select <{lanes} x i1> %counting_lanes, {t} %all_lanes, {t} zeroinitializer
  store {t} %kept, ptr %sum, align {8 * lanes}
  %s_next = add i64 %s, 1
  %dropped = icmp eq i64 %s_next, {n_sums}
  br i1 %dropped, label %next, label %drop_lanes"""


def _add_up(assembly: Assembly) -> str:
    """Add the lanes of every sum, then the sums to the gradients."""
    lanes, lowered = assembly.lanes, assembly.lowered
    t = vector_type(lanes)
    if lowered.n_sums == 0:
        return "  ret i64 -1"
    return f"""  {_address("totals", assembly.layout.totals)}
  br label %wait

wait:
  %swap = cmpxchg ptr %lock, i64 0, i64 1 acquire monotonic
  %mine = extractvalue {{ i64, i1 }} %swap, 1
  br i1 %mine, label %add, label %wait

add:
  %k = phi i64 [ 0, %wait ], [ %k_next, %added ]
  %lanes_at = getelementptr {t}, ptr %scratch, i64 %k
  %added{lanes} = load {t}, ptr %lanes_at, align {8 * lanes}
{add_lanes(lanes)}
  %total = fmul double %added1, %scale
  %is_wanted = icmp ult i64 %k, {lowered.n_wanted}
  br i1 %is_wanted, label %wanted, label %passed

wanted:
  %here_grad = getelementptr double, ptr %grad, i64 %k
  %grad_before = load double, ptr %here_grad, align 8
  %grad_after = fadd double %grad_before, %total
  store double %grad_after, ptr %here_grad, align 8
  br label %added

passed:
  %t = sub i64 %k, {lowered.n_wanted}
  %total_at = getelementptr double, ptr %totals, i64 %t
  store double %total, ptr %total_at, align 8
  br label %added

added:
  %k_next = add i64 %k, 1
  %all = icmp eq i64 %k_next, {lowered.n_sums}
  br i1 %all, label %after, label %add

after:
{assembly.calls("after")}
  store atomic i64 0, ptr %lock release, align 8
  ret i64 -1"""


def add_lanes(lanes: int) -> str:
    """Add the upper half of the lanes to the lower, and so on until one is left."""
    lines = []
    if lanes == 1:
        return ""
    while lanes > 1:
        whole, half = vector_type(lanes), lanes // 2
        lower = ", ".join(f"i32 {i}" for i in range(half))
        upper = ", ".join(f"i32 {i}" for i in range(half, lanes))
        for side, order in (("lower", lower), ("upper", upper)):
            lines.append(
                f"  %{side}{half} = shufflevector {whole} %added{lanes}, {whole} undef, "
                f"<{half} x i32> <{order}>"
            )
        result = f"%added{half}" if half > 1 else "%sum_of_lanes"
        lines.append(f"  {result} = fadd <{half} x double> %lower{half}, %upper{half}")
        lanes = half
    lines.append("  %added1 = extractelement <1 x double> %sum_of_lanes, i32 0")
    return _join(lines)


def _buffer(number: int) -> str:
    return f"""  %pointer{number} = getelementptr ptr, ptr %buffers, i64 {number}
  %buffer{number} = load ptr, ptr %pointer{number}, align 8"""


def _places(assembly: Assembly, number: int) -> str:
    offset = assembly.layout.inputs + 8 * assembly.lanes * number
    return f"""  {_address(f"input{number}", offset)}
  %here{number} = getelementptr double, ptr %buffer{number}, i64 %i"""


def _output_place(assembly: Assembly, number: int) -> str:
    return f"  {_address(f'output{number}', assembly.layout.outputs + 8 * assembly.lanes * number)}"


def _copy(to: str, source: str, size: str) -> str:
    """Copy bytes; a number of them that is known beforehand costs no call."""
    return f"  {_COPY}(ptr {to}, ptr {source}, i64 {size}, i1 0)"
