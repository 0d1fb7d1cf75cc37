"""What the command `dashboard` does; the command line imports this only when it is wanted."""

from __future__ import annotations

from cascade_sim.errors import CascadeError
from cascade_sim.scenario import load_scenario

NEEDED = ("mesa", "networkx", "solara", "solara_server", "uvicorn", "starlette", "altair", "ipyvuetify", "ipyvue")


def dashboard_command(scenario: str, port: int, browser: bool) -> int:
    """Show the dashboard in a browser until Ctrl-C.

    Parameters
    ----------
    scenario : str
        Scenario file, or the name of a bundled one, that the page begins with.
    port : int
        Port on this machine; 0 takes any that is free.
    browser : bool
        Whether to open a browser.

    Returns
    -------
    int
        0.

    Raises
    ------
    CascadeError
        The extra is not installed, the scenario is refused, or the port is taken.
    """
    load_scenario(scenario)
    try:
        from cascade_sim.mesa_bridge.dashboard.serve import serve

        serve(scenario, port, browser)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] not in NEEDED:
            raise
        raise CascadeError(f"the dashboard needs {error.name}: pip install 'cascade-sim[viz]'") from error
    return 0
