from __future__ import annotations

import socket
import sys

import pytest

from cascade_sim.cli import main


def test_a_missing_extra_is_one_line_that_says_what_to_install(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.startswith("cascade_sim.mesa_bridge.dashboard")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["dashboard", "--no-browser", "--port", "0"]) == 2
    said = capsys.readouterr().err
    assert said == "the dashboard needs uvicorn: pip install 'cascade-sim[viz]'\n"


def test_a_scenario_that_is_not_there_is_said_before_anything_is_served(capsys):
    assert main(["dashboard", "nowhere.yaml", "--no-browser"]) == 2
    assert "nowhere.yaml" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(capsys):
    pytest.importorskip("uvicorn", reason="needs solara's server")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["dashboard", "--no-browser", "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"port {port}: ")
    assert said.endswith("choose another with --port, or 0 for any that is free\n")


def test_the_page_is_offered_to_this_machine_only():
    from cascade_sim.mesa_bridge.dashboard.serve import free_port

    with free_port(0) as listening:
        assert listening.getsockname()[0] == "127.0.0.1"
