"""The function `run` that plays a tape: block by block over the rows, then the sums.

Beside it stands `squares`, the sum of squares of a buffer, for who trains on flat buffers, and
`direct`, a function as Python's own are: it takes a row and room for the outputs, and runs code
with arguments that are laid out already, which costs a tenth of a microsecond.

What differs from tape to tape stands in its plan, so that this text is the same for all of them.
The memory of a call is laid out as the plan says, from a 64-byte boundary on:

    marks      a word for each vector of a block, a bit for each suspect row
    scalars    the parameters and the constants
    totals     the sums over all rows that the steps after the rows read
    values     an array for each node: a number for each row of the block
    adjoints   the same for their adjoints
    sums       a vector for each slot: lane by lane the sum over the rows so far

The rows that fill no vector come first, by themselves, so that the additions have the order of
straight-line code, and the same bits.
"""

from engine.compiler.llvm.drivers import DECLARATIONS, ROWS, add_lanes, load_arguments
from engine.compiler.llvm.writer import vector_type

TAPE = {**ROWS, "plan": "ptr", "forward_only": "i64"}
"""The arguments of a call that plays a tape."""

SEGMENTS = ("splats", "before", "spreads", "forward", "backward", "after")
"""The parts of a tape: those before, at and after the rows."""

PLAN = (
    *("data_size", "constants", "constants_size", "constants_at", "scalars_at"),
    *("inputs_at", "n_inputs", "stride", "n_outputs", "outputs"),
    *("adjoints_at", "adjoints_size", "sums_at", "n_sums", "n_wanted", "totals_at"),
    *(f"{segment}{end}" for segment in SEGMENTS for end in ("", "_end")),
)
"""The words of a plan, in order."""

_PY_BUFFER = 80
"""The bytes of a `Py_buffer`, whose first word is the address, in the stable interface of C."""

_ROWS_WORD, _OUT_WORD = list(ROWS).index("rows"), list(ROWS).index("out")

_POINTERS = {"constants", "outputs"} | {f"{s}{end}" for s in SEGMENTS for end in ("", "_end")}


def player(lanes: int) -> str:
    """The text of `run` and of `play`, which goes through a part of a tape."""
    t, vector = vector_type(lanes), 8 * lanes
    integers = f"<{lanes} x i64>"
    numbers = ", ".join(f"i64 {lane}" for lane in range(lanes))
    return f"""
{DECLARATIONS}
declare i64 @llvm.cttz.i64(i64, i1)

define internal void @play(ptr %base, ptr %from, ptr %to, i64 %size) #0 {{
entry:
  %empty = icmp eq ptr %from, %to
  br i1 %empty, label %end, label %next

next:
  %ins = phi ptr [ %from, %entry ], [ %following, %next ]
  %loop = load ptr, ptr %ins, align 8
  %following = call ptr %loop(ptr %base, ptr %ins, i64 %size)
  %last = icmp eq ptr %following, %to
  br i1 %last, label %end, label %next

end:
  ret void
}}

define double @squares(ptr %numbers, i64 %n) #0 {{
entry:
  %none = icmp eq i64 %n, 0
  br i1 %none, label %end, label %next

next:
  %i = phi i64 [ 0, %entry ], [ %following, %next ]
  %sum = phi double [ 0.0, %entry ], [ %added, %next ]
  %at = getelementptr double, ptr %numbers, i64 %i
  %number = load double, ptr %at, align 8
  %square = fmul double %number, %number
  %added = fadd double %sum, %square
  %following = add i64 %i, 1
  %last = icmp eq i64 %following, %n
  br i1 %last, label %end, label %next

end:
  %result = phi double [ 0.0, %entry ], [ %added, %next ]
  ret double %result
}}

declare i32 @PyObject_GetBuffer(ptr, ptr, i32)
declare void @PyBuffer_Release(ptr)
declare ptr @PyBytes_AsString(ptr)
declare ptr @PyLong_FromLongLong(i64)

define ptr @direct(ptr %self, ptr %given, i64 %n) #0 {{
entry:
  %rows = alloca [{_PY_BUFFER} x i8], align 8
  %out = alloca [{_PY_BUFFER} x i8], align 8
  %call = call ptr @PyBytes_AsString(ptr %self)
  %run = load ptr, ptr %call, align 8
  %arguments_at = getelementptr i8, ptr %call, i64 8
  %arguments = load ptr, ptr %arguments_at, align 8
  %rows_object = load ptr, ptr %given, align 8
  %got_rows = call i32 @PyObject_GetBuffer(ptr %rows_object, ptr %rows, i32 0)
  %has_rows = icmp eq i32 %got_rows, 0
  br i1 %has_rows, label %write, label %failed

write:
  %out_at = getelementptr i8, ptr %given, i64 8
  %out_object = load ptr, ptr %out_at, align 8
  %got_out = call i32 @PyObject_GetBuffer(ptr %out_object, ptr %out, i32 1)
  %has_out = icmp eq i32 %got_out, 0
  br i1 %has_out, label %go, label %release

go:
  %rows_from = load ptr, ptr %rows, align 8
  %rows_to = getelementptr i8, ptr %arguments, i64 {8 * _ROWS_WORD}
  store ptr %rows_from, ptr %rows_to, align 8
  %out_from = load ptr, ptr %out, align 8
  %out_to = getelementptr i8, ptr %arguments, i64 {8 * _OUT_WORD}
  store ptr %out_from, ptr %out_to, align 8
  %bad = call i64 %run(ptr %arguments)
  call void @PyBuffer_Release(ptr %out)
  call void @PyBuffer_Release(ptr %rows)
  %result = call ptr @PyLong_FromLongLong(i64 %bad)
  ret ptr %result

release:
  call void @PyBuffer_Release(ptr %rows)
  br label %failed

failed:
  ret ptr null
}}

define i64 @run(ptr %arguments) #0 {{
entry:
{load_arguments(TAPE)}
{_plan()}
  %sums = getelementptr i8, ptr %scratch, i64 %sums_at
  %sums_size = mul i64 %n_sums, {vector}
  call void @llvm.memset.p0.i64(ptr align 64 %sums, i8 0, i64 %sums_size, i1 0)
  %no_rows = icmp eq i64 %n, 0
  br i1 %no_rows, label %nothing, label %begin

nothing:
  ret i64 -1

begin:
  %scalars = getelementptr i8, ptr %scratch, i64 %scalars_at
  call void @llvm.memcpy.p0.p0.i64(ptr %scalars, ptr %data, i64 %data_size, i1 0)
  %constants_to = getelementptr i8, ptr %scratch, i64 %constants_at
  call void @llvm.memcpy.p0.p0.i64(ptr %constants_to, ptr %constants, i64 %constants_size, i1 0)
  store i64 0, ptr %scratch, align 8
  %adjoints = getelementptr i8, ptr %scratch, i64 %adjoints_at
  %inputs = getelementptr i8, ptr %scratch, i64 %inputs_at
  %row_size = mul i64 %n_inputs, 8
  call void @play(ptr %scratch, ptr %splats, ptr %splats_end, i64 %stride)
  call void @play(ptr %scratch, ptr %before, ptr %before_end, i64 {vector})
  call void @play(ptr %scratch, ptr %spreads, ptr %spreads_end, i64 %stride)
  %blame = load i64, ptr %scratch, align 8
  br label %block

block:
  %i = phi i64 [ 0, %begin ], [ %i_next, %next ]
  %left = sub i64 %n, %i
  %rest = urem i64 %left, {lanes}
  %full = icmp eq i64 %rest, 0
  %left_size = mul i64 %left, 8
  %fits = icmp ult i64 %left_size, %stride
  %most = select i1 %fits, i64 %left_size, i64 %stride
  %size = select i1 %full, i64 %most, i64 {vector}
  %abreast = udiv i64 %size, 8
  %count = select i1 %full, i64 %abreast, i64 %rest
  %last = sub i64 %count, 1
  %vectors = udiv i64 %size, {lanes}
  call void @llvm.memset.p0.i64(ptr %scratch, i8 0, i64 %vectors, i1 0)
  %no_inputs = icmp eq i64 %n_inputs, 0
  br i1 %no_inputs, label %calculate, label %gather_row

gather_row:
  %lane = phi i64 [ 0, %block ], [ %lane_next, %gathered_row ]
  %beyond = icmp ugt i64 %lane, %last
  %of_block = select i1 %beyond, i64 %last, i64 %lane
  %row = add i64 %i, %of_block
  %row_offset = mul i64 %row, %row_size
  %row_at = getelementptr i8, ptr %rows, i64 %row_offset
  %lane_at = getelementptr double, ptr %inputs, i64 %lane
  br label %gather

gather:
  %j = phi i64 [ 0, %gather_row ], [ %j_next, %gather ]
  %to = phi ptr [ %lane_at, %gather_row ], [ %to_next, %gather ]
  %element = getelementptr double, ptr %row_at, i64 %j
  %number = load double, ptr %element, align 8
  store double %number, ptr %to, align 8
  %to_next = getelementptr i8, ptr %to, i64 %stride
  %j_next = add i64 %j, 1
  %row_ends = icmp eq i64 %j_next, %n_inputs
  br i1 %row_ends, label %gathered_row, label %gather

gathered_row:
  %lane_next = add i64 %lane, 1
  %gathered = icmp eq i64 %lane_next, %abreast
  br i1 %gathered, label %calculate, label %gather_row

calculate:
  call void @play(ptr %scratch, ptr %forward, ptr %forward_end, i64 %size)
  %unchecked = icmp eq i64 %check, 0
  br i1 %unchecked, label %write, label %look

look:
  %blamed = icmp ne i64 %blame, 0
  br i1 %blamed, label %all_rows, label %mark

all_rows:
  ret i64 %i

mark:
  %g = phi i64 [ 0, %look ], [ %g_next, %clean ]
  %mark_at = getelementptr i8, ptr %scratch, i64 %g
  %marks = load i64, ptr %mark_at, align 8
  %counting = shl i64 1, %rest
  %counted = sub i64 %counting, 1
  %mask = select i1 %full, i64 -1, i64 %counted
  %suspects = and i64 %marks, %mask
  %none = icmp eq i64 %suspects, 0
  br i1 %none, label %clean, label %suspect

suspect:
  %bit = call i64 @llvm.cttz.i64(i64 %suspects, i1 0)
  %scaled = mul i64 %g, {lanes}
  %vector_at = udiv i64 %scaled, 8
  %in_block = add i64 %vector_at, %bit
  %bad = add i64 %i, %in_block
  ret i64 %bad

clean:
  %g_next = add i64 %g, 8
  %looked = icmp uge i64 %g_next, %vectors
  br i1 %looked, label %write, label %mark

write:
  %has_outputs = icmp ne i64 %n_outputs, 0
  %bytes = mul i64 %count, 8
  br i1 %has_outputs, label %write_output, label %derive

write_output:
  %k = phi i64 [ 0, %write ], [ %k_next, %write_output ]
  %output_at = getelementptr i64, ptr %outputs, i64 %k
  %output_offset = load i64, ptr %output_at, align 8
  %output = getelementptr i8, ptr %scratch, i64 %output_offset
  %column = mul i64 %n, %k
  %place = add i64 %column, %i
  %out_place = getelementptr double, ptr %out, i64 %place
  call void @llvm.memcpy.p0.p0.i64(ptr %out_place, ptr %output, i64 %bytes, i1 0)
  %k_next = add i64 %k, 1
  %written = icmp eq i64 %k_next, %n_outputs
  br i1 %written, label %derive, label %write_output

derive:
  %only_forward = icmp ne i64 %forward_only, 0
  br i1 %only_forward, label %next, label %back

back:
  call void @llvm.memset.p0.i64(ptr align 64 %adjoints, i8 0, i64 %adjoints_size, i1 0)
  call void @play(ptr %scratch, ptr %backward, ptr %backward_end, i64 %size)
  %has_sums = icmp ne i64 %n_sums, 0
  %not_full = xor i1 %full, 1
  %has_lanes = and i1 %has_sums, %not_full
  br i1 %has_lanes, label %drop, label %next

drop:
  %one = insertelement {integers} undef, i64 %count, i32 0
  %counts = shufflevector {integers} %one, {integers} undef, <{lanes} x i32> zeroinitializer
  %counting_lanes = icmp ult {integers} <{numbers}>, %counts
  br label %drop_lanes

drop_lanes:
  %s = phi i64 [ 0, %drop ], [ %s_next, %drop_lanes ]
  %sum = getelementptr {t}, ptr %sums, i64 %s
  %all_lanes = load {t}, ptr %sum, align {vector}
  %kept = select <{lanes} x i1> %counting_lanes, {t} %all_lanes, {t} zeroinitializer
  store {t} %kept, ptr %sum, align {vector}
  %s_next = add i64 %s, 1
  %dropped = icmp eq i64 %s_next, %n_sums
  br i1 %dropped, label %next, label %drop_lanes

next:
  %i_next = add i64 %i, %count
  %finished = icmp uge i64 %i_next, %n
  br i1 %finished, label %done, label %block

done:
  %no_sums = icmp eq i64 %n_sums, 0
  %nothing_to_add = or i1 %no_sums, %only_forward
  br i1 %nothing_to_add, label %nothing, label %wait

wait:
  %swap = cmpxchg ptr %lock, i64 0, i64 1 acquire monotonic
  %mine = extractvalue {{ i64, i1 }} %swap, 1
  br i1 %mine, label %add, label %wait

add:
  %a = phi i64 [ 0, %wait ], [ %a_next, %added ]
  %lanes_at = getelementptr {t}, ptr %sums, i64 %a
  %added{lanes} = load {t}, ptr %lanes_at, align {vector}
{add_lanes(lanes)}
  %total = fmul double %added1, %scale
  %is_wanted = icmp ult i64 %a, %n_wanted
  br i1 %is_wanted, label %wanted, label %passed

wanted:
  %here_grad = getelementptr double, ptr %grad, i64 %a
  %grad_before = load double, ptr %here_grad, align 8
  %grad_after = fadd double %grad_before, %total
  store double %grad_after, ptr %here_grad, align 8
  br label %added

passed:
  %t = sub i64 %a, %n_wanted
  %totals = getelementptr i8, ptr %scratch, i64 %totals_at
  %total_at = getelementptr double, ptr %totals, i64 %t
  store double %total, ptr %total_at, align 8
  br label %added

added:
  %a_next = add i64 %a, 1
  %all = icmp eq i64 %a_next, %n_sums
  br i1 %all, label %finish, label %add

finish:
  call void @play(ptr %scratch, ptr %after, ptr %after_end, i64 {vector})
  store atomic i64 0, ptr %lock release, align 8
  ret i64 -1
}}
"""


def _plan() -> str:
    """Load the words of the plan."""
    lines = []
    for i, name in enumerate(PLAN):
        kind = "ptr" if name in _POINTERS else "i64"
        lines += [
            f"  %{name}_in_plan = getelementptr i8, ptr %plan, i64 {8 * i}",
            f"  %{name} = load {kind}, ptr %{name}_in_plan, align 8",
        ]
    return "\n".join(lines)
