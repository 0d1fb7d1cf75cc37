"""The page: presets, sliders and buttons at the side, figures and charts beside them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import solara

from cascade_sim.mesa_bridge.dashboard.headline import tiles_of
from cascade_sim.mesa_bridge.dashboard.mesas import force_update, update_counter
from cascade_sim.mesa_bridge.dashboard.panels import HeatmapPanel, LiquidationsPanel, MapPanel, PricePanel
from cascade_sim.mesa_bridge.dashboard.reading import Reading
from cascade_sim.mesa_bridge.dashboard.session import SPEEDS, UNLIMITED, Session
from cascade_sim.mesa_bridge.dashboard.sliders import POLICIES, Choice, sliders_of
from cascade_sim.scenario import library

FIRST = "playground"
"""The scenario that a page begins with; `serve` sets it."""

_STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


@solara.component_vue("pulse.vue")
def Pulse(frame: int, words: str, event_saw: Any = None) -> None:
    """Say what the page is doing, and answer when a frame has been drawn."""


@solara.component
def Layout(children: list[Any]) -> Any:
    """Return the page without solara's own bars around it."""
    return solara.Div(children=children)


@solara.component
def Page() -> None:
    """Show one visitor's market."""
    session = solara.use_memo(lambda: Session(FIRST, force_update), [])

    def work() -> Any:
        threading.Thread(target=session.work, name="cascade-dashboard", daemon=True).start()
        return session.close

    solara.use_effect(work, [])
    update_counter.get()
    solara.Title("cascade_sim dashboard")
    solara.Style(_STYLE)
    with solara.Div(classes=["cascade-page"]):
        with solara.Div(classes=["cascade-side"]):
            Side(session)
        with solara.Div(classes=["cascade-main"]):
            if session.error:
                solara.Text(session.error, classes=["cascade-error"])
            if session.model is not None:
                Figures(session.model)
                with solara.Div(classes=["cascade-charts"]):
                    for panel in (PricePanel, MapPanel, LiquidationsPanel, HeatmapPanel):
                        with solara.Div():
                            panel(session.model)


@solara.component_vue("tiles.vue")
def Tiles(tiles: list[list[str]]) -> None:
    """Show figures side by side: name, figure, and a line below it."""


@solara.component
def Figures(model: Any) -> None:
    """Show the headline figures."""
    update_counter.get()
    Tiles(tiles=[list(tile) for tile in tiles_of(Reading(model))])


@solara.component
def Side(session: Session) -> None:
    """Show everything that can be chosen."""
    update_counter.get()
    solara.HTML(tag="h1", unsafe_innerHTML="cascade_sim")
    names = list(dict.fromkeys([FIRST, *library.names()]))
    solara.Select("Scenario", values=names, value=session.name, on_value=session.choose)
    solara.Div(children=[session.base.description if session.base else ""], classes=["about"])
    _buttons(session)
    _speed(session)
    Pulse(frame=session.frame, words=_doing(session), event_saw=session.saw)
    if session.base is not None:
        for choice in solara.use_memo(lambda: sliders_of(session.base), [session.base]):  # type: ignore[arg-type]
            Slider(session, choice)
        own = session.base.exchange.liquidation.policy
        policy = session.parameters.get("policy", own)
        solara.Select(
            "Policy: what happens to a position below its margin",
            values=list(POLICIES),
            value=policy,
            on_value=lambda chosen: session.set("policy", None if chosen == own else chosen),
        )


def _buttons(session: Session) -> None:
    with solara.Div(classes=["cascade-buttons"]):
        if session.playing:
            solara.Button("❚❚ Pause", color="primary", on_click=session.pause)
        else:
            solara.Button("▶ Play", color="primary", on_click=session.play, disabled=not session.ready)
        solara.Button("Step", on_click=session.step, disabled=session.playing or not session.ready)
        solara.Button("Reset", on_click=session.reset, disabled=session.building)


def _speed(session: Session) -> None:
    words = {speed: f"{speed:,.0f} s of the market a second" for speed in SPEEDS}
    words |= {UNLIMITED: "as fast as it goes"}
    by_words = {word: speed for speed, word in words.items()}
    solara.Select(
        "Speed",
        values=list(by_words),
        value=words[session.speed],
        on_value=lambda word: session.go_at(by_words[word]),
    )


def _doing(session: Session) -> str:
    if session.building:
        return "building the market; the first time, this compiles for up to a minute"
    if session.playing:
        ticks, frames = session.rates
        return f"running: {ticks:,.0f} ticks and {frames:.1f} redraws a second" if frames else "running"
    if session.error:
        return "stopped"
    if session.finished:
        return "the run is finished; reset to begin again"
    return "paused" if session.model is not None and session.model.ticks_done else "ready"


@solara.component
def Slider(session: Session, choice: Choice) -> None:
    """Show one parameter: its name, its value, what it changes, and the slider."""
    update_counter.get()
    with solara.Div(classes=["cascade-slider"], attributes={"data-name": choice.keyword}):
        if choice.why_not:
            solara.HTML(tag="div", classes=["label"], unsafe_innerHTML=f"<b>{choice.label}</b>")
            solara.Div(children=[f"not here: {choice.why_not}"], classes=["says"])
            return
        value = session.parameters.get(choice.keyword)
        place = choice.start if value is None else choice.values.index(value)

        def move(to: int) -> None:
            session.set(choice.keyword, None if to == choice.start else choice.values[to])

        with solara.Div(classes=["label"]):
            solara.HTML(tag="b", unsafe_innerHTML=choice.label)
            solara.Text(choice.words(choice.values[place]), classes=["value"])
        solara.Div(children=[choice.says], classes=["says"])
        solara.v.Slider(
            v_model=place, on_v_model=move, min=0, max=len(choice.values) - 1, dense=True, hide_details=True
        )
