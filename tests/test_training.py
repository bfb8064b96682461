"""What `fit` is told besides the rows: callbacks, clips, weights, groups, batches, a checkpoint."""

import json
import math

import numpy as np
import pytest

import nn
from engine import Value
from nn import MLP, SGD, Adam, AdamW, EarlyStopping, Groups, Module, ReduceOnPlateau, fit

DATA = nn.datasets.moons(60, noise=0.2, seed=3)
ROWS = DATA.inputs, DATA.targets
OTHERS = nn.datasets.moons(30, noise=0.2, seed=4)
HELD_OUT = OTHERS.inputs, OTHERS.targets
both_ways = pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])


def small(seed=0):
    return MLP(2, [4, 2], seed=seed)


def quiet(model, *data, **options):
    options = {"loss": nn.cross_entropy, "progress": False, "compiled": False} | options
    return fit(model, *(data or ROWS), **options)


def bits(model):
    return [p.data.hex() for p in model.parameters()]


# Callbacks


class Noting:
    def __init__(self):
        self.seen = []

    def on_train_begin(self, training):
        self.seen.append("begin")

    def on_epoch_begin(self, training):
        self.seen.append(training.epoch)

    def on_step_end(self, training):
        self.seen.append(f"step {training.steps}")

    def on_epoch_end(self, training):
        self.seen.append(len(training.history.loss))

    def on_train_end(self, training):
        self.seen.append("end")


@both_ways
def test_callbacks_are_told_in_order(compiled):
    noting = Noting()
    quiet(small(), epochs=2, batch_size=30, callbacks=[noting], compiled=compiled)
    steps = [["step 1", "step 2"], ["step 3", "step 4"]]
    assert noting.seen == ["begin", 0, *steps[0], 1, 1, *steps[1], 2, "end"]


@both_ways
def test_a_function_sees_the_parameters_as_they_are_and_may_change_them(compiled):
    model, seen = small(), []
    weight = model.layers[0].neurons[0].w[0]

    def hold(training):
        seen.append(weight.data)
        weight.data = 0.25

    quiet(model, epochs=3, callbacks=[hold], compiled=compiled)
    assert weight.data == 0.25
    by_hand = small()
    optimizer = Adam(by_hand.parameters(), 0.01)
    for epoch in range(3):
        by_hand.zero_grad()
        nn.cross_entropy([by_hand(row) for row in ROWS[0]], ROWS[1]).backward()
        optimizer.step()
        leaf = by_hand.layers[0].neurons[0].w[0]
        assert leaf.data == pytest.approx(seen[epoch], rel=1e-9)
        leaf.data = 0.25


@both_ways
def test_stopping_from_inside(compiled):
    def enough(training):
        if training.history.loss[-1] < 0.5:
            training.stop("good enough")

    history = quiet(small(), epochs=500, callbacks=[enough], compiled=compiled)
    assert history.reason == "good enough"
    assert history.loss[-1] < 0.5 <= history.loss[-2]
    assert repr(history).endswith("good enough")


class Misnamed:
    def on_epoch_ends(self, training):
        """Never called, if nobody said so."""


@pytest.mark.parametrize("wrong", [[3], [Misnamed()], [EarlyStopping], print, ["stop"]])
def test_callbacks_that_are_none(wrong):
    with pytest.raises(TypeError, match="callback"):
        quiet(small(), epochs=1, callbacks=wrong)


@both_ways
@pytest.mark.parametrize("watch", ["validation loss", "validation accuracy", "loss"])
def test_early_stopping_is_what_one_would_do_by_hand(compiled, watch):
    def run(epochs, callbacks=()):
        model = small()
        optimizer = Adam(model.parameters(), 0.2)
        history = quiet(
            model, epochs=epochs, optimizer=optimizer, validation=HELD_OUT, batch_size=10,
            metrics=[nn.accuracy], callbacks=callbacks, compiled=compiled,
        )  # fmt: skip
        return model, optimizer, history

    stopping = EarlyStopping(watch, patience=4)
    model, optimizer, history = run(200, [stopping])
    column = history.columns()[watch]
    best = (max if "accuracy" in watch else min)(column)
    assert len(history) == column.index(best) + 1 + 4 < 200
    assert (stopping.best, stopping.best_epoch) == (best, column.index(best) + 1)
    shorter, its_optimizer, _ = run(stopping.best_epoch)
    assert bits(model) == bits(shorter)
    assert optimizer.state_dict() == its_optimizer.state_dict()
    assert f"the {watch} was best in epoch {stopping.best_epoch}, whose" in history.reason


def test_the_best_parameters_come_back_though_the_epochs_ran_out_or_it_diverged():
    def run(epochs, callbacks=()):
        model = MLP(2, [1], seed=0)
        history = quiet(
            model, loss=nn.mse, epochs=epochs, callbacks=callbacks,
            optimizer=SGD(model.parameters()), schedule=lambda step: 0.1 if step < 5 else 50.0,
        )  # fmt: skip
        return bits(model), history

    for epochs in (9, 999):
        watching = EarlyStopping("loss", patience=2000)
        if epochs == 9:
            numbers, _ = run(epochs, [watching])
        else:
            with pytest.warns(RuntimeWarning, match="diverged"):
                numbers, _ = run(epochs, [watching])
        assert watching.best_epoch == 6  # the loss is that before the steps of an epoch
        assert numbers == run(6)[0]


def test_what_cannot_be_watched():
    with pytest.raises(ValueError, match="this training has loss, learning rate, gradient norm"):
        quiet(small(), epochs=1, callbacks=[EarlyStopping()])
    with pytest.raises(ValueError, match="maximize=True or maximize=False"):
        EarlyStopping("validation worst")
    slower = ReduceOnPlateau("loss")
    with pytest.raises(ValueError, match="a schedule sets the learning rate"):
        quiet(small(), epochs=1, callbacks=[slower], schedule=nn.schedules.constant(0.1))


def test_reduce_on_plateau_has_a_floor():
    model = small()
    slower = ReduceOnPlateau("loss", patience=1, least=9.0, factor=0.5, minimum=0.03)
    optimizer = SGD(model.parameters(), 0.1)
    history = quiet(model, epochs=5, optimizer=optimizer, callbacks=[slower])
    assert history.learning_rate == [0.1, 0.1, 0.05, 0.03, 0.03]


# Clips


@both_ways
@pytest.mark.parametrize(
    "clip", [nn.clip_norm(0.05), nn.clip_value(0.01), lambda g: [0.0] * len(g)]
)
def test_a_clip_is_a_function_of_the_gradient(compiled, clip):
    model, by_hand = small(), small()
    history = quiet(
        model, epochs=3, optimizer=SGD(model.parameters(), 1.0), clip=clip, compiled=compiled
    )
    for epoch in range(3):
        by_hand.zero_grad()
        nn.cross_entropy([by_hand(row) for row in ROWS[0]], ROWS[1]).backward()
        gradient = np.array([p.grad for p in by_hand.parameters()])
        length = np.linalg.norm(gradient)
        assert history.gradient_norm[epoch] == pytest.approx(length)  # from before
        if isinstance(clip, nn.clip_norm):
            gradient = gradient * min(1.0, 0.05 / length)
        elif isinstance(clip, nn.clip_value):
            gradient = np.clip(gradient, -0.01, 0.01)
        else:
            gradient = 0.0 * gradient
        for p, g in zip(by_hand.parameters(), gradient, strict=True):
            p.data -= float(g)
    expected = [p.data for p in by_hand.parameters()]
    assert [p.data for p in model.parameters()] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.inf])
def test_limits_that_are_none(wrong):
    for clip in (nn.clip_norm, nn.clip_value):
        with pytest.raises(ValueError, match="limit must be a finite number above 0"):
            clip(wrong)
    with pytest.raises(TypeError, match="clip must be a function of the gradients"):
        quiet(small(), epochs=1, clip=1.0)


# Weights, smoothing


@both_ways
def test_a_row_of_weight_three_is_three_rows(compiled):
    weights = [float(i % 4) for i in range(60)]
    repeated = [i for i in range(60) for _ in range(i % 4)]
    model, other = small(), small()
    history = quiet(model, epochs=5, row_weights=weights, compiled=compiled)
    expected = quiet(
        other, [ROWS[0][i] for i in repeated], [ROWS[1][i] for i in repeated], epochs=5
    )
    assert history.loss == pytest.approx(expected.loss, rel=1e-9)
    numbers = [p.data for p in other.parameters()]
    assert [p.data for p in model.parameters()] == pytest.approx(numbers, rel=1e-9)
    assert (history.backend == "compiled") == compiled


def test_class_weights_are_row_weights():
    targets = [0] * 40 + [1] * 20
    by_row, by_class, balanced = small(), small(), small()
    quiet(by_row, ROWS[0], targets, epochs=2, row_weights=[0.75] * 40 + [1.5] * 20)
    quiet(by_class, ROWS[0], targets, epochs=2, class_weights={0: 0.75, 1: 1.5})
    quiet(balanced, ROWS[0], targets, epochs=2, class_weights="balanced")
    assert bits(by_row) == bits(by_class) == bits(balanced)


def test_validation_and_metrics_do_not_see_the_weights():
    plain, weighted = (
        quiet(
            small(), epochs=1, validation=HELD_OUT, metrics=[nn.accuracy],
            optimizer=None, schedule=nn.schedules.constant(0.0), row_weights=weights,
        )
        for weights in (None, range(60))
    )  # fmt: skip
    assert plain.validation_loss == weighted.validation_loss
    assert plain.metrics == weighted.metrics
    assert plain.loss != weighted.loss


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"row_weights": [1.0]}, ValueError, "one for each of 60 rows; got 1"),
        ({"row_weights": [-1.0] * 60}, ValueError, r"row_weights\[0\] must be a finite number at"),
        ({"row_weights": [0.0] * 60}, ValueError, "the sum of all weights"),
        ({"class_weights": {0: 1.0}}, ValueError, "no weight for the class 1"),
        ({"class_weights": "equal"}, TypeError, "must be a dict of class and weight"),
        ({"row_weights": [1.0] * 60, "loss": lambda o, t: o[0][0]}, TypeError, "nn's losses"),
    ],
)
def test_weights_that_are_none(options, error, message):
    with pytest.raises(error, match=message):
        quiet(small(), epochs=1, **options)


@both_ways
def test_label_smoothing_is_the_cross_entropy_of_smoothed_targets(compiled):
    model, other = small(), small()
    smoothed = [[0.95, 0.05] if target == 0 else [0.05, 0.95] for target in ROWS[1]]
    quiet(model, loss=nn.CrossEntropyLoss(label_smoothing=0.1), epochs=3, compiled=compiled)
    quiet(other, ROWS[0], smoothed, epochs=3)
    numbers = [p.data for p in other.parameters()]
    assert [p.data for p in model.parameters()] == pytest.approx(numbers, rel=1e-9)


# Groups


@both_ways
def test_groups_are_optimizers_side_by_side(compiled):
    def parts(model):
        body, head = (layer.parameters() for layer in model.layers)
        return AdamW(body, 0.01, weight_decay=0.5), SGD(head, 0.1, momentum=0.9)

    model, by_hand = small(), small()
    groups = Groups(*parts(model))
    schedule = nn.schedules.linear(0.02, 0.01, steps=4)
    quiet(model, epochs=4, optimizer=groups, schedule=schedule, compiled=compiled)
    optimizers = parts(by_hand)
    for step in range(4):
        optimizers[0].learning_rate = schedule(step)
        optimizers[1].learning_rate = 10 * schedule(step)
        by_hand.zero_grad()
        nn.cross_entropy([by_hand(row) for row in ROWS[0]], ROWS[1]).backward()
        for optimizer in optimizers:
            optimizer.step()
    expected = [p.data for p in by_hand.parameters()]
    assert [p.data for p in model.parameters()] == pytest.approx(expected, rel=1e-9)


def test_the_state_of_groups():
    model, other = small(), small()
    made = [
        Groups(Adam(m.layers[0].parameters(), 0.01), SGD(m.layers[1].parameters(), 0.1, 0.9))
        for m in (model, other)
    ]
    quiet(model, epochs=3, optimizer=made[0])
    other.load_state_dict(model.state_dict())
    made[1].load_state_dict(json.loads(json.dumps(made[0].state_dict())))
    assert made[1].state_dict() == made[0].state_dict()
    wrong = made[0].state_dict() | {"1": {}}
    made[0].learning_rate = 0.5
    before = made[0].state_dict()
    with pytest.raises(ValueError, match="does not fit this SGD"):
        made[0].load_state_dict(wrong)
    assert made[0].state_dict() == before
    with pytest.raises(ValueError, match="does not fit this Groups"):
        made[0].load_state_dict({"0": {}})


def test_groups_that_are_none():
    model = small()
    with pytest.raises(TypeError, match="Groups takes optimizers"):
        Groups(model.parameters())
    with pytest.raises(ValueError, match="same Value"):
        Groups(SGD(model.parameters(), 0.1), SGD(model.parameters(), 0.1))
    with pytest.raises(ValueError, match="first group"):
        Groups(SGD(model.parameters(), 0.0))


# Batches from an iterator


@both_ways
def test_batches_that_are_gone_through_once_an_epoch(compiled):
    chunks = [(ROWS[0][i : i + 20], ROWS[1][i : i + 20]) for i in range(0, 60, 20)]
    model, by_hand = small(), small()
    history = quiet(model, chunks, epochs=2, metrics=[nn.accuracy], compiled=compiled)
    optimizer = Adam(by_hand.parameters(), 0.01)
    for _ in range(2):
        for rows, targets in chunks:
            by_hand.zero_grad()
            nn.cross_entropy([by_hand(row) for row in rows], targets).backward()
            optimizer.step()
    expected = [p.data for p in by_hand.parameters()]
    assert [p.data for p in model.parameters()] == pytest.approx(expected, rel=1e-9)
    assert len(history) == len(history.metrics["accuracy"]) == 2


@both_ways
def test_an_iterator_without_end(compiled):
    drawn = []

    def endless():
        while True:
            data = nn.datasets.moons(10, seed=len(drawn))
            drawn.append(data)
            yield data.inputs, data.targets

    history = quiet(small(), endless(), epochs=3, steps=4, compiled=compiled)
    assert len(history) == 3
    assert len(drawn) == 12


def test_an_iterator_that_ends_ends_the_training():
    batches = iter([ROWS] * 5)
    assert len(quiet(small(), batches, epochs=9, steps=2)) == 3


@pytest.mark.parametrize(
    ("inputs", "options", "error", "message"),
    [
        (ROWS[0], {}, TypeError, r"a batch must be a pair \(inputs, targets\)"),
        ([], {}, ValueError, "gave no batch"),
        (iter([ROWS]), {}, ValueError, "say how many batches an epoch has, such as steps=10"),
        (3, {}, TypeError, "targets are missing"),
        ([ROWS], {"row_weights": [1.0] * 60}, ValueError, "need all rows"),
        ([ROWS, ([[1.0]], [0])], {}, ValueError, "row 60 has 1 numbers"),
    ],
)
def test_batches_that_are_none(inputs, options, error, message):
    with pytest.raises(error, match=message):
        quiet(small(), inputs, epochs=1, **options)


# A training in a file


def settings(model, **others):
    return {
        "optimizer": Adam(model.parameters(), 0.05),
        "batch_size": 7,
        "seed": 3,
        "validation": HELD_OUT,
        "metrics": [nn.accuracy],
        "callbacks": [
            ReduceOnPlateau("loss", patience=1, least=0.01, factor=0.9),
            EarlyStopping(patience=100),
        ],
        **others,
    }


@both_ways
def test_a_training_goes_on_to_the_same_bits(tmp_path, compiled):
    path = tmp_path / "training.json"
    whole = small()
    expected = quiet(whole, epochs=12, compiled=compiled, **settings(whole))
    for epochs in (5, 6, 12):
        model = small(seed=epochs - 5)  # where there is a file, its weights count
        history = quiet(model, epochs=epochs, checkpoint=path, compiled=compiled, **settings(model))
    assert history == expected
    assert bits(model) == bits(whole)


@both_ways
def test_a_schedule_goes_on_where_it_was(tmp_path, compiled):
    options = {
        "schedule": nn.schedules.cosine(0.1, steps=54),
        "callbacks": [],
        "compiled": compiled,
    }
    whole, model = small(), small()
    quiet(whole, epochs=6, **settings(whole, **options))
    for epochs in (2, 6):
        again = settings(model, **options)
        history = quiet(model, epochs=epochs, checkpoint=tmp_path / "t.json", **again)
    assert bits(model) == bits(whole)
    assert len(history) == 6


@both_ways
def test_ctrl_c_in_an_epoch_goes_back_to_the_last_whole_one(tmp_path, compiled):
    class Interrupting:
        armed = True

        def on_step_end(self, training):
            if self.armed and training.steps == 31:
                raise KeyboardInterrupt

        def on_epoch_end(self, training):
            if not self.armed and training.epoch == 5:
                raise KeyboardInterrupt

    whole, model, path = small(), small(), tmp_path / "t.json"
    expected = quiet(whole, epochs=8, compiled=compiled, **settings(whole))
    interrupting = Interrupting()
    for done in (3, 4, 8):
        options = settings(model)
        if done < 8:
            options["callbacks"] = [interrupting, *options["callbacks"]]
        history = quiet(model, epochs=8, checkpoint=path, compiled=compiled, **options)
        assert (len(history), history.interrupted) == (done, done < 8)
        interrupting.armed = False
    assert history == expected
    assert bits(model) == bits(whole)


def test_a_training_that_was_stopped_is_over(tmp_path):
    path = tmp_path / "t.json"
    model, again = small(), small(seed=9)
    stop = {"callbacks": [EarlyStopping("loss", patience=1, least=0.05)]}
    history = quiet(model, epochs=50, checkpoint=path, **settings(model, **stop))
    before = path.read_bytes()
    stop = {"callbacks": [EarlyStopping("loss", patience=1, least=0.05)]}
    same = quiet(again, epochs=80, checkpoint=path, **settings(again, **stop))
    assert same == history
    assert bits(again) == bits(model)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no saved training"),
        ("[]", "no saved training"),
        ('{"format": "glassgrad model"}', "no saved training"),
        ('{"format": "glassgrad training", "version": 9}', "version 9"),
        ('{"format": "glassgrad training", "version": 1}', "another path"),
    ],
)
def test_a_file_that_is_no_such_training_stays(tmp_path, content, message):
    path = tmp_path / "t.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        quiet(small(), epochs=1, checkpoint=path)
    assert path.read_text() == content


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("version", 1.0, "version 1.0"),
        ("version", True, "version True"),
        ("steps", -5, "steps must be a whole number at least 0; got -5"),
        ("steps", 2.5, "steps must be a whole number"),
        ("history", {"loss": 3}, "must be lists"),
        ("history", None, "does not fit this training"),
        ("callbacks", 3, "does not fit this training"),
    ],
)
def test_a_training_in_a_file_is_believed_in_nothing(tmp_path, place, value, message):
    path = tmp_path / "t.json"
    quiet(small(), epochs=1, checkpoint=path)
    content = json.dumps(json.loads(path.read_text()) | {place: value})
    path.write_text(content)
    with pytest.raises(ValueError, match=message):
        quiet(small(), epochs=2, checkpoint=path)
    assert path.read_text() == content


def test_a_training_of_another_model_or_with_other_settings(tmp_path):
    path = tmp_path / "t.json"
    quiet(small(), epochs=1, checkpoint=path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="needs 27 finite parameters"):
        quiet(MLP(2, [5, 2], seed=0), epochs=2, checkpoint=path)
    with pytest.raises(ValueError, match="give it another path"):
        quiet(small(), epochs=2, checkpoint=path, batch_size=10)
    model = small()
    with pytest.raises(ValueError, match="does not fit this SGD"):
        quiet(model, epochs=2, checkpoint=path, optimizer=SGD(model.parameters()))
    assert path.read_bytes() == before


def test_a_module_of_the_users_own_goes_on_too(tmp_path):
    class Bent(Module):
        def __init__(self):
            self.slope, self.offsets = Value(1.0), [Value(0.0), Value(0.5)]

        def __call__(self, row):
            return [self.slope * row[0] + self.offsets[0], self.offsets[1] * row[1]]

    whole, model = Bent(), Bent()
    quiet(whole, epochs=4, batch_size=8)
    for epochs in (1, 4):
        quiet(model, epochs=epochs, batch_size=8, checkpoint=tmp_path / "t.json")
    assert bits(model) == bits(whole)


# Tables


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_the_names_of_columns_stay_with_the_model(tmp_path, library):
    tables = pytest.importorskip(library)
    table = tables.DataFrame({"width": [r[0] for r in ROWS[0]], "height": [r[1] for r in ROWS[0]]})
    model = small()
    quiet(model, table, ROWS[1], epochs=1)
    assert model.feature_names == ("width", "height")
    nn.save(model, tmp_path / "model.json", about={"for": "a test"})
    loaded = nn.load(tmp_path / "model.json")
    own = nn.load(tmp_path / "model.json", into=small(seed=5))
    for each in (model, loaded, own):
        assert each.predict(table) == model.predict(ROWS[0])
        with pytest.raises(ValueError, match=r"another order than the .*table\[\['width'"):
            each.predict(table[["height", "width"]])
        with pytest.raises(ValueError, match="has no column 'height', which the model"):
            each.predict(table[["width"]])
    more = tables.DataFrame({"width": [0.0], "height": [0.0], "age": [1.0]})
    with pytest.raises(ValueError, match="has a column 'age' that the model does not know"):
        model.predict(more)
    with pytest.raises(ValueError, match="the validation table has the columns in another order"):
        quiet(model, table, ROWS[1], validation=(table[["height", "width"]], ROWS[1]), epochs=1)
    quiet(model, ROWS[0], ROWS[1], epochs=1)
    assert model.feature_names == ()
