"""The command line, run as a user runs it."""

import csv
import json
import math
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nn.__main__ import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "nn", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def iris(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The main job, done once, with what it printed."""
    folder = tmp_path_factory.mktemp("iris")
    done = run(cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "learning_rate=" in done.stderr  # the progress bar
    return folder, done.stdout


def test_main_job_reaches_the_accuracy(iris: tuple[Path, str]) -> None:
    _, text = iris
    found = re.search(r"test accuracy: ([\d.]+)% \((\d+) of 50\)", text)
    assert found
    assert float(found[1]) >= 95.0
    assert int(found[2]) / 50 == pytest.approx(float(found[1]) / 100)


def test_main_job_prints_summary_and_confusion(iris: tuple[Path, str]) -> None:
    _, text = iris
    assert re.search(r"layers\.0 +4 -> 16 +tanh +xavier_uniform +80", text)
    rows = re.findall(r"^(setosa|versicolor|virginica) +(\d+) +(\d+) +(\d+)$", text, re.MULTILINE)
    assert [row[0] for row in rows] == ["setosa", "versicolor", "virginica"]
    assert sum(int(number) for row in rows for number in row[1:]) == 50
    hits = sum(int(row[1 + i]) for i, row in enumerate(rows))
    assert f"({hits} of 50)" in text


def test_the_command_it_names_predicts_the_held_out_rows(iris: tuple[Path, str]) -> None:
    folder, text = iris
    command = next(line for line in text.splitlines() if line.startswith("use it: "))
    words = command.removeprefix("use it: python -m nn ").split()
    done = run(*words, cwd=folder)
    assert done.returncode == 0, done.stderr
    predictions = list(csv.DictReader(done.stdout.splitlines()))
    truth = list(csv.DictReader((folder / words[-1]).read_text(encoding="utf-8").splitlines()))
    hits = sum(p["prediction"] == t["target"] for p, t in zip(predictions, truth, strict=True))
    assert f"({hits} of 50)" in text
    assert all(1 / 3 <= float(p["probability"]) <= 1.0 for p in predictions)


def test_predictions_agree_with_the_formula(iris: tuple[Path, str]) -> None:
    """The network written out by hand, from the numbers in the file."""
    folder, _ = iris
    document = json.loads((folder / "runs/iris/model.json").read_text(encoding="utf-8"))
    scale = document["about"]["standardizer"]
    flower = [5.0, 2.0, 3.5, 1.0]
    (folder / "flower.csv").write_text(",".join(map(str, flower)) + "\n", encoding="utf-8")
    values = [(x - m) / s for x, m, s in zip(flower, scale["mean"], scale["scale"], strict=True)]
    p = document["parameters"]
    for layer, (n_in, n_out) in enumerate([(4, 16), (16, 16), (16, 3)]):
        z = [
            math.fsum(p[f"layers.{layer}.neurons.{i}.w.{j}"] * values[j] for j in range(n_in))
            + p[f"layers.{layer}.neurons.{i}.b"]
            for i in range(n_out)
        ]
        values = z if layer == 2 else [math.tanh(v) for v in z]
    best = max(range(3), key=values.__getitem__)
    share = math.exp(values[best]) / math.fsum(map(math.exp, values))
    done = run("predict", "runs/iris/model.json", "flower.csv", cwd=folder)
    name = document["about"]["target_names"][best]
    assert done.stdout.splitlines() == ["prediction,probability", f"{name},{share:.4f}"]


def test_the_same_seed_gives_the_same_file(tmp_path: Path) -> None:
    files = []
    for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
        done = run("--data", "xor", "--epochs", "2", "--seed", seed, "--out", name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        files.append((tmp_path / name / "model.json").read_bytes())
    assert files[0] == files[1] != files[2]


def test_regression_on_a_csv_file(tmp_path: Path) -> None:
    lines = ["x,noise,y"] + [f"{i / 10},{i % 3},{1000 + 50 * i / 10}" for i in range(60)]
    (tmp_path / "line.csv").write_text("\n".join(lines), encoding="utf-8")
    done = run("--data", "line.csv", "--target", "y", "--epochs", "60", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = re.search(r"R² ([\d.]+)", done.stdout)
    assert found
    assert float(found[1]) > 0.98
    (tmp_path / "new.csv").write_text("noise,x\n1,3.0\n", encoding="utf-8")
    done = run("predict", "runs/line/model.json", "new.csv", cwd=tmp_path)
    header, number = done.stdout.splitlines()
    assert header == "prediction"
    assert float(number) == pytest.approx(1150.0, abs=20.0)


@pytest.mark.parametrize(
    "options",
    [
        ("--hidden", "", "--optimizer", "sgd", "--schedule", "cosine"),
        ("--hidden", "4", "--optimizer", "rmsprop", "--schedule", "one_cycle"),
        ("--activation", "relu", "--init", "he_normal", "--schedule", "warmup"),
        ("--activation", "gelu", "--optimizer", "adamw", "--schedule", "step_decay"),
        ("--batch-size", "7", "--schedule", "linear", "--learning-rate", "0.1"),
        ("--init", "normal(0.0, 0.1)", "--schedule", "exponential_decay"),
    ],
)
def test_options_are_taken(options: tuple[str, ...], tmp_path: Path) -> None:
    done = run("--data", "moons", "--epochs", "3", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs/moons/model.json").exists()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--data", "irises"], "'irises'"),
        (["--data", "missing.csv"], "'missing.csv'"),
        (["--data", "words.csv", "--target", "z"], "'z'"),
        (["--target", "species"], "--target"),
        (["--hidden", "3,0"], "'3,0'"),
        (["--activation", "tan"], "'tan'"),
        (["--init", "xavier"], "'xavier'"),
        (["--optimizer", "lbfgs"], "'lbfgs'"),
        (["--learning-rate", "-0.1"], "-0.1"),
        (["--learning-rate", "fast"], "'fast'"),
        (["--schedule", "random"], "'random'"),
        (["--epochs", "0"], "'0'"),
        (["--batch-size", "two"], "'two'"),
        (["--seed", "x"], "'x'"),
        (["--out", "words.csv"], "words.csv"),
        (["--bogus"], "--bogus"),
        (["predict"], "MODEL.json"),
        (["predict", "missing.json", "words.csv"], "missing.json"),
        (["predict", "words.csv", "words.csv"], "words.csv"),
        (["diagnose", "--init", "xavier"], "'xavier'"),
        (["diagnose", "--learning-rate", "-1"], "-1"),
        (["diagnose", "--epochs", "3"], "--epochs"),
        (["learning-rate", "--low", "1", "--high", "0.1"], "0.1"),
        (["learning-rate", "--batch-size", "0"], "'0'"),
        (["learning-rate", "--activation", "tan"], "'tan'"),
        (["sweep", "--init", "zeros,xavier"], "'xavier'"),
        (["sweep", "--learning-rate", "0.1,fast"], "'0.1,fast'"),
        (["sweep", "--repeats", "0"], "repeats"),
        (["sweep", "--jobs", "0"], "n_jobs"),
        (["sweep", "--data", "missing.csv"], "'missing.csv'"),
    ],
)
def test_bad_options_end_in_one_line(arguments: list[str], expected: str, tmp_path: Path) -> None:
    (tmp_path / "words.csv").write_text("x,y\n1,a\n2,b\n", encoding="utf-8")
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert "usage" not in done.stderr


def test_data_that_cannot_be_read_leaves_no_folder_behind(tmp_path: Path) -> None:
    assert run("--data", "missing.csv", cwd=tmp_path).returncode == 2
    assert not list(tmp_path.iterdir())


def test_predict_refuses_a_file_with_other_columns(iris: tuple[Path, str]) -> None:
    folder, _ = iris
    (folder / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = run("predict", "runs/iris/model.json", "other.csv", cwd=folder)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "sepal_length" in done.stderr


def test_divergence_is_told_and_has_its_own_status(tmp_path: Path) -> None:
    done = run(
        "--data", "sine", "--hidden", "", "--optimizer", "sgd", "--learning-rate", "1e300",
        "--epochs", "5", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1
    assert "diverged at step" in done.stdout
    assert "Traceback" not in done.stderr
    document = json.loads((tmp_path / "runs/sine/model.json").read_text(encoding="utf-8"))
    assert all(math.isfinite(number) for number in document["parameters"].values())


def test_what_is_wrong_leaves_no_folder(tmp_path: Path) -> None:
    done = run("diagnose", "--data", "missing.csv", cwd=tmp_path)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_how_a_csv_file_is_written_is_an_option_of_each_command(tmp_path: Path) -> None:
    """Years as names, decimal commas, groups of thousands, gaps, and a column of row numbers."""
    rows = [f"{i};1.{i:03},5;{2 * i},25;{'?' if i == 5 else 3 * i}" for i in range(30)]
    (tmp_path / "years.csv").write_text("\n".join([";2019;2020;2021", *rows]), encoding="utf-8")
    refused = run("--data", "years.csv", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "header" in refused.stderr
    written = ["--header", "yes", "--decimal", ",", "--thousands", ".", "--ignore", "0"]
    trained = run(
        "--data", "years.csv", *written, "--missing", "?", "--columns", "2020", "--target", "2019",
        "--epochs", "2", cwd=tmp_path,
    )  # fmt: skip
    assert (trained.returncode, trained.stderr.count("Error")) == (0, 0), trained.stderr
    assert "years: 20 rows to train on, 10 held out" in trained.stdout
    predicted = run("predict", "runs/years/model.json", "years.csv", *written, cwd=tmp_path)
    assert len(predicted.stdout.splitlines()) == 31, predicted.stderr
    swept = run(
        "sweep", "--data", "years.csv", *written, "--missing", ",?", "--epochs", "1", cwd=tmp_path
    )
    assert "saved" in swept.stdout, swept.stderr
    shipped = run("diagnose", "--data", "iris", "--decimal", ",", cwd=tmp_path)
    assert (shipped.returncode, "--decimal" in shipped.stderr) == (2, True)


# Pictures


def is_png(path: Path) -> bool:
    """Whether the file is a PNG of the size of a figure."""
    content = path.read_bytes()
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    whole = content.startswith(b"\x89PNG") and content.endswith(b"IEND\xaeB`\x82")
    return whole and min(width, height) > 200


def test_pictures_of_a_training(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("pygraphviz")
    done = run("--data", "moons", "--hidden", "3", "--epochs", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs/moons"
    for name in ("gradient-flow.svg", "step.html", "loss.png", "decision-boundary.png"):
        assert f"saved runs/moons/{name}\n" in done.stdout.replace(os.sep, "/")
    drawn = ElementTree.parse(folder / "gradient-flow.svg").getroot()
    texts = {(text.text or "").strip() for text in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {"layers.0", *(f"neurons.{i}" for i in range(3))} <= texts
    assert {"loss", "x1", "x2"} <= texts
    page = (folder / "step.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "layers.0.neurons.0.w.0.grad += " in page
    assert is_png(folder / "loss.png")
    assert is_png(folder / "decision-boundary.png")


def test_no_decision_boundary_of_four_inputs(iris: tuple[Path, str]) -> None:
    folder, text = iris
    assert (folder / "runs/iris/loss.png").exists()
    assert not (folder / "runs/iris/decision-boundary.png").exists()
    assert "decision-boundary" not in text


def run_without(modules: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Train where these modules are not installed, and nothing but the folder is on the PATH."""
    hidden = f"import sys; sys.modules |= dict.fromkeys({modules})\n"
    script = f"{hidden}from nn.__main__ import main\nsys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", script, "--data", "xor", "--hidden", "2", "--epochs", "1"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_what_draws_it_trains_and_names_the_remedy(tmp_path: Path) -> None:
    done = run_without(["matplotlib", "pygraphviz"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "runs/xor").iterdir()} == {
        "model.json",
        "held-out.csv",
    }
    assert "glassgrad[viz]" in done.stdout
    assert "glassgrad[plot]" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="the stub is a script with a first line")
def test_a_graphviz_that_fails_is_told_and_stops_nothing(
    tmp_path: Path,
) -> None:
    stub = tmp_path / "dot"
    stub.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('out of ink')", encoding="utf-8")
    stub.chmod(0o755)
    done = run_without(["pygraphviz"], tmp_path)  # which would take over
    assert done.returncode == 0, done.stderr
    assert re.search(r"^no \S+gradient-flow\.svg: .*out of ink$", done.stdout, re.MULTILINE)
    assert "use it: " in done.stdout


def test_an_interruption_ends_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("nn.commands.diagnose.diagnose", interrupted)
    assert main(["diagnose", "--data", "xor", "--out", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "python -m nn: interrupted\n"


# The other commands


def test_diagnose_tells_what_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    options = ["diagnose", "--data", "moons", "--hidden", "16,16,16,16"]
    ill = run(*options, "--init", "normal(0.0, 0.01)", cwd=tmp_path)
    assert ill.returncode == 0, ill.stderr
    assert "Vanishing gradients: " in ill.stdout
    assert "Symmetry: " not in ill.stdout
    names = [line.split()[0] for line in ill.stdout.splitlines() if line.startswith("layers.")]
    assert names == [f"layers.{i}" for i in range(5)]
    assert is_png(tmp_path / "runs/moons/diagnosis.png")
    healthy = run(*options, "--init", "xavier_uniform", cwd=tmp_path)
    assert "no findings" in healthy.stdout
    fast = run(*options, "--learning-rate", "100", cwd=tmp_path)
    assert "Update ratio too large: " in fast.stdout


def test_learning_rate_suggests_one_that_is_stable(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    options = ("--hidden", "4", "--optimizer", "sgd", "--low", "0.001", "--high", "100")
    done = run("learning-rate", "--data", "xor", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = re.search(r"from 0\.001 to .+: (\S+) is suggested.+ converges is (\S+)", done.stdout)
    assert found
    assert 0.001 < float(found[1]) <= float(found[2]) <= 100.0
    assert is_png(tmp_path / "runs/xor/learning-rate.png")


def test_sweep_trains_each_combination_and_resumes(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    options = ["sweep", "--data", "xor", "--hidden", "3", "--epochs", "2", "--repeats", "2"]
    grid = ["--init", "zeros,normal(0.0, 0.5)", "--learning-rate", "0.01,0.1"]
    done = run(*options, *grid, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["init", "learning_rate", "runs", "loss", "accuracy"]
    assert [line.startswith("zeros ") for line in lines[:4]] == [True, True, False, False]
    assert is_png(tmp_path / "runs/xor/sweep.png")
    file = tmp_path / "runs/xor/sweep.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row["seed"] for row in rows] == [0, 1] * 4
    assert all(0.0 <= row["results"]["accuracy"] <= 1.0 for row in rows)
    before = file.read_bytes()
    again = run(*options, *grid, cwd=tmp_path)
    assert again.stdout == done.stdout
    assert file.read_bytes() == before


def test_the_seed_of_a_sweep_is_that_of_its_data(tmp_path: Path) -> None:
    losses = []
    for seed in ("0", "1"):
        options = ("--data", "xor", "--hidden", "2", "--epochs", "1", "--seed", seed)
        done = run("sweep", *options, "--out", seed, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        losses.append(json.loads((tmp_path / seed / "sweep.jsonl").read_bytes())["results"]["loss"])
    assert losses[0] != losses[1]


@pytest.mark.parametrize("command", ["", "predict", "diagnose", "learning-rate", "sweep"])
def test_help_has_an_example_in_one_line_that_is_understood(command: str, tmp_path: Path) -> None:
    done = run(*command.split(), "--help", cwd=tmp_path)
    assert done.returncode == 0
    (example,) = re.findall(r"^example: python -m nn ?(.*)$", done.stdout, re.MULTILINE)
    words = shlex.split(example)
    assert words[: len(command.split())] == command.split()
    parser = import_module(f"nn.commands.{COMMANDS.get(command, 'train')}").parser()
    parser.parse_args(words[len(command.split()) :])
