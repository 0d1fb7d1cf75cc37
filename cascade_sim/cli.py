"""The command line. Heavy imports happen inside the commands, so that help and validation come at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cascade_sim.errors import CascadeError, OutputError

INTERRUPTED = 130


class PictureFormat(StrEnum):
    """Kinds of files that pictures are written as."""

    png = "png"
    svg = "svg"
    pdf = "pdf"


Workers = Annotated[int | None, typer.Option(min=1, help="Processes; as many as there are processors if left out.")]

app = typer.Typer(
    name="cascade-sim",
    help="Liquidation cascades of leveraged traders, from a scenario file to numbers and pictures.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the program's name; taken from ``sys.argv`` if left out.

    Returns
    -------
    int
        0 if all went well, 1 for a run that failed, 2 for input that is refused, 130 after Ctrl-C.
    """
    try:
        app(args=None if arguments is None else list(arguments), prog_name="cascade-sim")
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return 0


def _finish(command: Callable[[], int]) -> None:
    """Run a command's body and leave with its exit code; what a user can solve becomes a message."""
    try:
        code = command()
    except CascadeError as error:
        typer.echo(str(error), err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        code = INTERRUPTED
    raise typer.Exit(code)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"cascade-sim {version('cascade-sim')}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and leave."),
    ] = False,
) -> None:
    pass


@app.command()
def run(
    scenario: Annotated[
        str | None, typer.Argument(help="A scenario file, or the name of a bundled one (see `list`).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for results and pictures.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed instead of the scenario's.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key, e.g. exchange.insurance_fund=5M; repeatable."),
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with the interrupted run in this folder.")] = None,
    plots: Annotated[bool, typer.Option(help="Draw the pictures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Run a scenario and its counterfactuals, and print simulated beside reported figures."""

    def body() -> int:
        from cascade_sim.scenario.overrides import parse_assignments

        if scenario is None and resume is None:
            raise CascadeError("no scenario is named; give a file or a name from `cascade-sim list`")
        overrides = parse_assignments(changes or [])
        from cascade_sim.commands import run_command

        return run_command(scenario, out, seed, overrides, resume, plots, quiet)

    _finish(body)


@app.command()
def sweep(
    file: Annotated[str, typer.Argument(help="A sweep file, or the name of a bundled one (see `list`).")],
    out: Annotated[
        Path, typer.Option(help="Folder for rows and pictures; a sweep that was stopped there goes on.")
    ] = ...,  # type: ignore[assignment]
    workers: Workers = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Run on the dask cluster with this scheduler instead.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the scenario at every point; repeatable."),
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run again what failed earlier.")] = False,
    plots: Annotated[bool, typer.Option(help="Draw the pictures.")] = True,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Run a scenario many times, changed from point to point, and say where it cascades and how sure that is."""

    def body() -> int:
        from cascade_sim.scenario.overrides import parse_assignments

        overrides = parse_assignments(changes or [])
        if scheduler is not None and workers is not None:
            raise CascadeError("--workers and --scheduler are both given; a cluster has its own workers")
        from cascade_sim.sweep_commands import sweep_command

        return sweep_command(file, out, workers, scheduler, overrides, plots, quiet, retry_failed)

    _finish(body)


@app.command()
def cliff(
    file: Annotated[str, typer.Argument(help="A sweep or scenario file, or the name of a bundled one.")],
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The key to search along; may be left out if one is varied.")
    ] = None,
    low: Annotated[str | None, typer.Option("--from", metavar="VALUE", help="Where to look: one end.")] = None,
    high: Annotated[str | None, typer.Option("--to", metavar="VALUE", help="Where to look: the other end.")] = None,
    replicates: Annotated[int | None, typer.Option(min=1, help="Runs at each value.")] = None,
    tolerance: Annotated[
        float, typer.Option(min=1e-9, max=0.5, help="How near the bisection goes, as a fraction of the value.")
    ] = 0.005,
    workers: Workers = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the scenario; repeatable."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Find the value of a key at which a cascade becomes more likely than not, with its error."""

    def body() -> int:
        from cascade_sim.scenario.overrides import parse_assignments

        overrides = parse_assignments(changes or [])
        from cascade_sim.sweep_commands import cliff_command

        return cliff_command(file, key, low, high, replicates, tolerance, workers, overrides, quiet)

    _finish(body)


@app.command()
def calibrate(
    scenarios: Annotated[
        list[str], typer.Argument(help="Scenario files, or names of bundled ones; several are fitted together.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the fit; one that was stopped there goes on.")] = ...,  # type: ignore[assignment]
    evaluations: Annotated[int, typer.Option(min=1, help="How many points are tried at most.")] = 300,
    traders: Annotated[
        int | None, typer.Option(min=1, help="Traders of each scenario in all; its own number if left out.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Runs of each scenario at each point.")] = 1,
    workers: Workers = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a key of every scenario; repeatable."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Fit free parameters to the recorded figures of an event, and say what these figures do not tell."""

    def body() -> int:
        from cascade_sim.scenario.overrides import parse_assignments

        overrides = parse_assignments(changes or [])
        from cascade_sim.calibrate_command import calibrate_command

        return calibrate_command(scenarios, out, evaluations, traders, seeds, workers, overrides, quiet)

    _finish(body)


@app.command()
def plot(
    folder: Annotated[Path, typer.Argument(help="Folder of a saved run or of a sweep.")],
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Draw this picture only, e.g. timeline; repeatable.")
    ] = None,
    format_: Annotated[PictureFormat, typer.Option("--format", help="Kind of file.")] = PictureFormat.png,
    width: Annotated[float | None, typer.Option(metavar="INCHES", help="Width; 3.4 fits a paper's column.")] = None,
) -> None:
    """Draw the pictures of a saved run, or of a sweep, again."""

    def body() -> int:
        from cascade_sim.engine.folder import SWEEP_MANIFEST

        if (folder / SWEEP_MANIFEST).is_file():
            from cascade_sim.sweep_commands import plot_sweep_command

            return plot_sweep_command(folder, only or [], format_.value, width)
        from cascade_sim.commands import plot_command

        return plot_command(folder, only or [], format_.value, width)

    _finish(body)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of a saved run.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The file to write instead of DIR/report.html.")
    ] = None,
) -> None:
    """Write one HTML page about a saved run.

    It says what happened, holds pictures and tables, and how to repeat the run; it opens without a network.
    """

    def body() -> int:
        from cascade_sim.commands import report_command

        return report_command(folder, out)

    _finish(body)


@app.command()
def compare(
    first: Annotated[
        str, typer.Argument(metavar="RUN|SCENARIO", help="Folder of a saved run; or a scenario file or bundled name.")
    ],
    second: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Folder of another saved run; left out for a scenario.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Of two runs: draw both into this picture. Of a scenario: folder for rows, figures and picture; a "
            "comparison that was stopped there goes on.",
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=2, help="Of a scenario: how many seeds, its own and those after it; 20 if left out."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Of a scenario: processes; as many as there are processors if left out.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Of a scenario: change a key in all its runs; repeatable."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show no progress.")] = False,
) -> None:
    """Compare two saved runs, or a scenario with its `compare` entries over many seeds, with intervals."""

    def body() -> int:
        from cascade_sim.scenario.overrides import parse_assignments

        overrides = parse_assignments(changes or [])
        from cascade_sim.compare_command import compare_command

        return compare_command(first, second, out, seeds, workers, overrides, quiet)

    _finish(body)


@app.command()
def branching(
    folder: Annotated[Path, typer.Argument(help="Folder of a saved run.")],
    around: Annotated[
        str, typer.Option(metavar="DURATION", help="How far around the extreme the middle phase reaches.")
    ] = "15min",
) -> None:
    """Print how much forced selling each unit of forced selling set off, by several estimators and by phase."""

    def body() -> int:
        from cascade_sim.branching_command import branching_command

        return branching_command(folder, around)

    _finish(body)


@app.command()
def dashboard(
    scenario: Annotated[
        str, typer.Argument(help="A scenario file, or the name of a bundled one, to begin with.")
    ] = "playground",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes any free one.")] = 8765,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
) -> None:
    """Watch a market run in a browser, with sliders; only this machine can see the page."""

    def body() -> int:
        from cascade_sim.dashboard_command import dashboard_command

        return dashboard_command(scenario, port, browser)

    _finish(body)


@app.command()
def validate(
    files: Annotated[
        list[str], typer.Argument(help="Scenario files, venue presets or sweep files, or names of bundled ones.")
    ],
) -> None:
    """Check scenario files, venue presets and sweep files and list everything that is wrong, one line each."""

    def body() -> int:
        from cascade_sim.errors import ScenarioError
        from cascade_sim.sweeps.summary import check_in_one_line

        code = 0
        for file in files:
            try:
                typer.echo(f"{file}: ok ({check_in_one_line(file)})")
            except ScenarioError as error:
                typer.echo(str(error))
                code = error.exit_code
        return code

    _finish(body)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="Write it to this file instead of printing it.")] = None,
    of_sweep: Annotated[bool, typer.Option("--sweep", help="That of a sweep file.")] = False,
) -> None:
    """Print the JSON schema of a scenario file, or of a sweep file, for completion in editors."""

    def body() -> int:
        if of_sweep:
            from cascade_sim.sweeps.schema import sweep_schema_text as schema_text
        else:
            from cascade_sim.scenario.schema import schema_text

        if out is None:
            typer.echo(schema_text(), nl=False)
            return 0
        try:
            out.write_text(schema_text(), encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{out}: cannot be written: {error.strerror or error}") from None
        return 0

    _finish(body)


@app.command(name="list")
def list_() -> None:
    """List the bundled scenarios, venue presets and sweeps."""

    def body() -> int:
        from cascade_sim.sweeps.summary import library_lines

        typer.echo("\n".join(library_lines()))
        return 0

    _finish(body)


if __name__ == "__main__":
    sys.exit(main())
