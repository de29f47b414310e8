#!/usr/bin/env python3
"""Holds the speed of this project's machines against that of zarr-python's.

Both sides play generated operations on their own store in memory, on one core, and look at
everything after every operation. README.md, beside this script, says what the numbers mean.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import functools
import importlib.metadata
import inspect
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# The newest of each on the day of the numbers in README.md. zarr 3.1.6 is the last 3.1, and the
# newest that Python 3.11 can install.
REQUIREMENTS = [
    "zarr==3.1.6",
    "numcodecs==0.16.6",
    "numpy==2.4.6",
    "hypothesis==6.170.15",
    "pytest==9.2.0",
]

PEER_CLASSES = {"store": "ZarrStoreStateMachine", "hierarchy": "ZarrHierarchyStateMachine"}

# How many times as many rules a second are wanted.
WANTED_RATIOS = {"store": 500, "hierarchy": 50}
# The policy that looks after each step at what the peer looks at after each rule, and more: of the
# hierarchy machine, all keys, and of the node that was touched its metadata and all elements.
INVARIANTS = {"store": "every-step", "hierarchy": "sampled"}

PEER = "zarr-python"
OURS = "zarr-conform"

# A rule is about arrays and their chunks if its name has one of these words in it.
ARRAY_WORDS = {
    PEER: ("array", "chunk"),
    OURS: ("array", "chunk", "region", "resize"),
}

REPOSITORY = Path(__file__).resolve().parents[2]

WARM_UP_EXAMPLES = 5

# Exit statuses, beside 2 for wrong options, which argparse gives, too.
RATIOS_REACHED = 0
RATIO_MISSED = 1
NOT_MEASURED = 2


class MeasurementError(Exception):
    """Something could not be measured; the message says what and why."""


@dataclasses.dataclass(frozen=True)
class Measurement:
    """What one side did in one round."""

    side: str
    rules: dict[str, int]
    """How often each rule was played to its end."""
    checks: int
    """Invariants that were run, or questions that were asked; the two do not compare."""
    cases: int
    seconds: float
    remark: str
    """What a reader has to know about this run; may be empty."""

    @property
    def played(self) -> int:
        """How many rules were played."""
        return sum(self.rules.values())

    @property
    def speed(self) -> float:
        """Rules a second."""
        return self.played / self.seconds

    def share_of_arrays(self) -> float:
        """How many percent of the rules were about arrays and chunks."""
        words = ARRAY_WORDS[self.side]
        about = [name for name in self.rules if any(word in name for word in words)]
        return 100 * sum(self.rules[name] for name in about) / self.played


# ------------------------------------------------------------------ options


def parse_arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description="Measures how many rules a second zarr-python's state machines play, and this "
        "project's, each on its own store in memory; prints the ratio, and how often each side "
        "played which rule.",
        epilog="Exit status: 0 the ratios are as high as they should be; 1 one is not; 2 something "
        "could not be measured, or the options are wrong.",
    )
    parser.add_argument(
        "--machine",
        choices=[*PEER_CLASSES, "both"],
        default="both",
        help="which machines to hold against each other (default: %(default)s)",
    )
    parser.add_argument(
        "--examples",
        type=positive,
        default=100,
        metavar="N",
        help="how many cases zarr-python's machine plays in a round (default: %(default)s)",
    )
    parser.add_argument(
        "--cases",
        type=positive,
        default=20_000,
        metavar="N",
        help="how many cases this project's machine plays in a round (default: %(default)s)",
    )
    parser.add_argument(
        "--steps",
        type=positive,
        default=50,
        metavar="N",
        help="the most operations in a case, on both sides (default: %(default)s)",
    )
    parser.add_argument(
        "--rounds",
        type=positive,
        default=3,
        metavar="N",
        help="how often to measure both, in turns; the fastest counts (default: %(default)s)",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="what both sides draw their cases from (default: %(default)s)",
    )
    parser.add_argument(
        "--venv",
        type=Path,
        metavar="DIR",
        help="the virtual environment for zarr-python, kept for the next time "
        "(default: a temporary one)",
    )
    parser.add_argument(
        "--xtask",
        type=Path,
        metavar="FILE",
        help="a release build of xtask to use in place of `cargo run --release`",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="writes all rounds to this file, too",
    )
    # How this script calls itself in the virtual environment.
    parser.add_argument("--play-zarr-python", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def positive(text: str) -> int:
    """Reads a number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("give a number above 0")
    return number


def say(message: str) -> None:
    """Tells how far the measurement is; standard output is for the results."""
    print(message, file=sys.stderr, flush=True)


# ------------------------------------------------------------------ zarr-python, from outside


@contextlib.contextmanager
def environment(folder: Path | None) -> Iterator[Path]:
    """The Python of a virtual environment with zarr-python in it.

    It is in `folder`, made if there is none yet, or in a temporary one that is removed at the end.
    """
    if folder is not None:
        yield install(folder.resolve())
        return
    with tempfile.TemporaryDirectory(prefix="zarr-peers-") as temporary:
        yield install(Path(temporary))


def install(folder: Path) -> Path:
    """Makes a virtual environment and installs what is pinned above into it."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        say("making a virtual environment")
        run([sys.executable, "-m", "venv", str(folder)], "the virtual environment cannot be made")
    say(f"installing {', '.join(REQUIREMENTS)}")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    run([*pip, *REQUIREMENTS], "zarr-python cannot be installed")
    return python


def measure_peer(python: Path, machine: str, arguments: argparse.Namespace) -> Measurement:
    """Runs zarr-python's machine in the virtual environment."""
    command = [str(python), str(Path(__file__).resolve()), "--play-zarr-python"]
    command += ["--machine", machine, "--examples", str(arguments.examples)]
    command += ["--steps", str(arguments.steps), "--seed", str(arguments.seed)]
    failed = f"zarr-python's {machine} machine cannot be measured"
    # Hypothesis leaves a folder where it runs.
    output = run(command, failed, folder=python.parents[1])
    try:
        measurement = Measurement(**json.loads(output))
    except (ValueError, TypeError) as error:
        raise MeasurementError(f"{failed}: its result cannot be read ({error})") from error
    if measurement.played == 0:
        raise MeasurementError(f"{failed}: it played no rule. {measurement.remark}")
    return measurement


def run(command: list[str], failed: str, folder: Path | None = None) -> str:
    """The output of a command that has to succeed, run in a folder or in the current one.

    What it writes to standard error is passed on.
    """
    try:
        done = subprocess.run(command, check=True, cwd=folder, text=True, stdout=subprocess.PIPE)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MeasurementError(f"{failed}: {error}") from error
    return done.stdout


# ------------------------------------------------------------------ zarr-python, from inside


def play_peer(machine: str, examples: int, steps: int, seed: int) -> Measurement:
    """Plays zarr-python's machine; runs in the virtual environment."""
    from zarr.testing import stateful

    # Warnings about unstable data types are printed for every array; that would only cost time.
    warnings.simplefilter("ignore")
    counts: Counter[tuple[str, str]] = Counter()
    machine_class = counted_machine(getattr(stateful, PEER_CLASSES[machine]), counts)
    # The first cases pay for imports and Unicode tables.
    play_cases(machine_class, counts, min(examples, WARM_UP_EXAMPLES), steps, seed)
    counts.clear()
    started = time.perf_counter()
    failure = play_cases(machine_class, counts, examples, steps, seed)
    seconds = time.perf_counter() - started
    given_up = of_kind(counts, "begun").total() - of_kind(counts, "rule").total()
    remarks = [versions()]
    if given_up:
        remarks.append(f"{given_up} rules gave up half-way and ended their cases (`assume`)")
    if failure:
        remarks.append(f"it stopped early with {failure}")
    return Measurement(
        side=PEER,
        rules=dict(of_kind(counts, "rule")),
        checks=of_kind(counts, "invariant").total(),
        cases=counts["case", ""],
        seconds=seconds,
        remark="; ".join(remarks),
    )


def versions() -> str:
    """What was measured, for who reads the numbers later."""
    packages = [f"{name} {importlib.metadata.version(name)}" for name in ("zarr", "hypothesis")]
    return ", ".join([*packages, f"Python {platform.python_version()}"])


def of_kind(counts: Counter[tuple[str, str]], kind: str) -> Counter[str]:
    """The counts of one kind, by name."""
    return Counter({name: count for (one, name), count in counts.items() if one == kind})


def play_cases(
    machine_class: type,
    counts: Counter[tuple[str, str]],
    examples: int,
    steps: int,
    seed: int,
) -> str:
    """Plays cases on fresh stores, and gives the failure that ended them, or no text."""
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test
    from zarr.storage import MemoryStore

    # Only generation: nothing is looked up in a database, made small or explained.
    settings = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        derandomize=False,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @hypothesis.seed(seed)
    def machine() -> Any:
        counts["case", ""] += 1
        return machine_class(MemoryStore())

    try:
        run_state_machine_as_test(machine, settings=settings)
    except Exception as error:  # Whatever zarr-python or Hypothesis came upon.
        return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return ""


def counted_machine(machine_class: type, counts: Counter[tuple[str, str]]) -> type:
    """A subclass whose rules and invariants are counted when they have returned.

    Hypothesis keeps a rule as an attribute of the method that it decorates. Here each such method
    is replaced by one with the same rule around a function that counts. What is run before the
    first rule, to begin with an empty store, stays as it is and is not counted.
    """
    from hypothesis.stateful import INITIALIZE_RULE_MARKER, Invariant, Rule

    members: dict[str, Any] = {}
    for name, method in inspect.getmembers(machine_class, inspect.isfunction):
        for marker, mark in vars(method).items():
            if marker == INITIALIZE_RULE_MARKER or not isinstance(mark, (Rule, Invariant)):
                continue
            kind = "rule" if isinstance(mark, Rule) else "invariant"
            function = counted(mark.function, kind, name, counts)
            members[name] = functools.wraps(method)(forwarding(method))
            setattr(members[name], marker, dataclasses.replace(mark, function=function))
    return type(machine_class.__name__, (machine_class,), members)


def counted(
    function: Callable[..., Any], kind: str, name: str, counts: Counter[tuple[str, str]]
) -> Callable[..., Any]:
    """The same function, counted when it has returned; for rules, when they begin, too."""

    @functools.wraps(function)
    def counting(*args: Any, **kwargs: Any) -> Any:
        if kind == "rule":
            counts["begun", name] += 1
        result = function(*args, **kwargs)
        counts[kind, name] += 1
        return result

    return counting


def forwarding(method: Callable[..., Any]) -> Callable[..., Any]:
    """A function of its own that does the same, to carry other attributes."""

    def forward(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs)

    return forward


# ------------------------------------------------------------------ zarr-conform


def measure_ours(machine: str, arguments: argparse.Namespace) -> Measurement:
    """Runs this project's machine, and reads its report."""
    with tempfile.TemporaryDirectory(prefix="zarr-peers-") as folder:
        report = Path(folder) / "report.json"
        command = [*xtask(arguments.xtask), "conform", "--adapter", "memory"]
        command += ["--machine", machine, "--invariants", INVARIANTS[machine], "--jobs", "1"]
        command += ["--cases", str(arguments.cases), "--steps", str(arguments.steps)]
        command += ["--seed", str(arguments.seed), "--for", "1h"]
        # Only the planned cases: none for goals that were missed, none on a planted bug.
        command += ["--require", "none", "--no-planted-bug", "--quiet"]
        command += ["--failures", str(Path(folder) / "failures"), "--report", str(report)]
        status, output = run_ours(command)
        if not report.exists():
            raise MeasurementError(
                f"{OURS}'s {machine} machine wrote no report; it ended with exit status {status}:"
                f"\n{output.rstrip()}"
            )
        return read_report(json.loads(report.read_text(encoding="utf-8")))


def run_ours(command: list[str]) -> tuple[int, str]:
    """Runs `conform`. Failures of the store are no failure to measure: the report counts."""
    try:
        done = subprocess.run(
            command, cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as error:
        raise MeasurementError(f"{OURS} cannot be run: {error}") from error
    return done.returncode, done.stdout


def xtask(built: Path | None) -> list[str]:
    """How to call xtask."""
    if built is not None:
        return [str(built.resolve())]
    return ["cargo", "run", "--release", "--quiet", "--package", "xtask", "--"]


def build_ours() -> None:
    """Builds xtask, so that no round waits for it."""
    say("building xtask")
    command = ["cargo", "build", "--release", "--quiet", "--package", "xtask"]
    run(command, "xtask cannot be built", folder=REPOSITORY)


def read_report(report: dict[str, Any]) -> Measurement:
    """What counts of a report of `conform`."""
    rules = {rule["rule"]: rule["operations"] for rule in report["rules"] if rule["operations"]}
    if not rules:
        raise MeasurementError(f"{OURS} played no rule: {report['status']}")
    remarks = [f"{len(report['known'])} known issues"] if report["known"] else []
    if report["status"]["outcome"] != "conforms":
        remarks.append(f"outcome: {report['status']['outcome']}")
    if report["cases"] < report["planned_cases"]:
        remarks.append(f"cut short after {report['cases']} cases")
    return Measurement(
        side=OURS,
        rules=rules,
        checks=report["questions"] - report["operations"],
        cases=report["cases"],
        seconds=report["times"]["cases"],
        remark="; ".join(remarks),
    )


# ------------------------------------------------------------------ comparison


@dataclasses.dataclass
class Comparison:
    """All rounds of both sides for one machine."""

    machine: str
    rounds: dict[str, list[Measurement]]
    wrong: list[str]
    """What could not be measured."""

    def fastest(self, side: str) -> Measurement | None:
        """The fastest round of a side; what else a computer does only ever adds time."""
        return max(self.rounds[side], key=lambda one: one.speed, default=None)

    def ratio(self) -> float | None:
        """How many times as many rules a second this project's machine plays."""
        peer, ours = self.fastest(PEER), self.fastest(OURS)
        return ours.speed / peer.speed if peer and ours else None

    def is_reached(self) -> bool:
        """Whether the ratio is known and high enough."""
        ratio = self.ratio()
        return ratio is not None and ratio >= WANTED_RATIOS[self.machine]


def compare(machine: str, python: Path, arguments: argparse.Namespace) -> Comparison:
    """Measures both sides in turns. A side that cannot be measured is asked once."""
    comparison = Comparison(machine, {PEER: [], OURS: []}, [])
    sides: dict[str, Callable[[], Measurement]] = {
        PEER: lambda: measure_peer(python, machine, arguments),
        OURS: lambda: measure_ours(machine, arguments),
    }
    for number in range(1, arguments.rounds + 1):
        for side, measure in list(sides.items()):
            say(f"{machine} machine, round {number} of {arguments.rounds}: {side} …")
            try:
                measurement = measure()
            except MeasurementError as error:
                say(f"  {error}")
                comparison.wrong.append(str(error))
                del sides[side]
                continue
            say(f"  {measurement.speed:,.0f} rules a second")
            comparison.rounds[side].append(measurement)
    return comparison


def show(comparison: Comparison, arguments: argparse.Namespace) -> None:
    """Prints what came out for one machine."""
    print(
        f"\n{comparison.machine} machine: at most {arguments.steps} steps a case, compared "
        f"after each, seed {arguments.seed}, the fastest of {arguments.rounds}\n"
    )
    measured = [one for side in comparison.rounds if (one := comparison.fastest(side))]
    print(f"{'':14}{'rules/s':>10}{'rules':>12}{'seconds':>10}{'cases':>10}{'checks/rule':>13}")
    for one in measured:
        print(
            f"{one.side:14}{one.speed:10,.0f}{one.played:12,}{one.seconds:10.2f}{one.cases:10,}"
            f"{one.checks / one.played:13.1f}"
        )
    ratio, wanted = comparison.ratio(), WANTED_RATIOS[comparison.machine]
    if ratio is not None:
        print(f"\nratio {ratio:,.0f} × (wanted: at least {wanted} ×)")
    if comparison.machine == "hierarchy":
        for one in measured:
            share = one.share_of_arrays()
            print(f"{one.side}: {share:.1f} % of the rules are about arrays and chunks")
    for one in measured:
        if one.remark:
            print(f"{one.side}: {one.remark}")
    for message in comparison.wrong:
        print(f"not measured: {message}")
    print()
    show_mixes(measured)


def show_mixes(measured: list[Measurement]) -> None:
    """Prints which share each rule has, the most frequent first, the sides beside each other."""
    columns = [mix(one) for one in measured]
    for row in range(max(map(len, columns), default=0)):
        cells = [column[row] if row < len(column) else "" for column in columns]
        print("    ".join(f"{cell:45}" for cell in cells).rstrip())


def mix(measurement: Measurement) -> list[str]:
    """The rules of one side and their shares, as lines below a heading."""
    ordered = sorted(measurement.rules.items(), key=lambda rule: (-rule[1], rule[0]))
    shares = [f"{name:37}{100 * count / measurement.played:6.1f} %" for name, count in ordered]
    return [measurement.side, *shares]


def write_json(path: Path, comparisons: list[Comparison]) -> None:
    """Writes all rounds to a file."""
    data = [dataclasses.asdict(one) | {"ratio": one.ratio()} for one in comparisons]
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def measure_all(arguments: argparse.Namespace) -> int:
    """Measures, prints, and gives the exit status."""
    machines = list(PEER_CLASSES) if arguments.machine == "both" else [arguments.machine]
    if arguments.xtask is None:
        build_ours()
    with environment(arguments.venv) as python:
        comparisons = [compare(machine, python, arguments) for machine in machines]
    for comparison in comparisons:
        show(comparison, arguments)
    if arguments.json is not None:
        write_json(arguments.json, comparisons)
    if any(comparison.wrong for comparison in comparisons):
        return NOT_MEASURED
    return RATIOS_REACHED if all(one.is_reached() for one in comparisons) else RATIO_MISSED


def main() -> int:
    """Runs the script; in the virtual environment, only zarr-python's side of it."""
    arguments = parse_arguments()
    if arguments.play_zarr_python:
        # Hypothesis prints what it finds; the result alone goes to standard output.
        with contextlib.redirect_stdout(sys.stderr):
            played = play_peer(
                arguments.machine, arguments.examples, arguments.steps, arguments.seed
            )
        print(json.dumps(dataclasses.asdict(played)))
        return RATIOS_REACHED
    try:
        return measure_all(arguments)
    except MeasurementError as error:
        say(f"error: {error}")
        return NOT_MEASURED


if __name__ == "__main__":
    sys.exit(main())
