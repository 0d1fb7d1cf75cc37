"""What a strategy cannot do is told at once, with the agent and the tick, and leaves the market as it was."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time

import pytest
from small_runs import crash

pytest.importorskip("mesa")

from cascade_sim import mesa_bridge
from cascade_sim.mesa_bridge import CascadeModel, StrategyError, TraderAgent
from cascade_sim.mesa_bridge.turns import TurnTooLongError


class Acting(TraderAgent):
    """Does in its fourth step what a test says."""

    def step(self):
        if self.tick == 3:
            self.buy(1.0)
            self.action()


BAD = {
    "quantity is nan": lambda a: a.sell(math.nan),
    "quantity is -2": lambda a: a.buy(-2),
    "quantity is 0": lambda a: a.buy(0),
    "quantity is inf": lambda a: a.buy(math.inf),
    "quantity is '3'": lambda a: a.buy("3"),
    "quantity is True": lambda a: a.buy(True),
    "notional is nan": lambda a: a.buy(notional=math.nan),
    "give one of the two": lambda a: a.buy(1, notional=2),
    "has a quantity or a notional": lambda a: a.sell(),
    "price is nan": lambda a: a.limit("buy", 1, math.nan),
    "price is 0": lambda a: a.limit("buy", 1, 0.0),
    "side 'long'": lambda a: a.limit("long", 1, 10.0),
    "cannot margin the order to sell": lambda a: a.sell(1e6),
    "cannot margin the order to buy": lambda a: a.limit("buy", 1e6, 8_000.0),
    "leverage is 0.5": lambda a: a.set_leverage(0.5),
    "leverage is nan": lambda a: a.set_leverage(math.nan),
    "amount is -1": lambda a: a.top_up(-1),
    "no position to top up": lambda a: a.top_up(1),
    "raised ZeroDivisionError: division by zero": lambda a: 1 / 0,
    "raised KeyError": lambda a: {}["x"],
}


@pytest.mark.parametrize("message", BAD)
def test_the_error_names_the_agent_and_the_tick_and_nothing_has_happened(message):
    model = CascadeModel(crash())
    agent = Acting(model, cash=10_000.0)
    agent.action = lambda: BAD[message](agent)
    for _ in range(3):
        model.step()
    before = model.world.state.tobytes()
    with pytest.raises(StrategyError) as caught:
        model.step()
    assert str(caught.value).startswith(f"Acting {agent.unique_id} in tick 3: ")
    assert message in str(caught.value)
    assert model.world.state.tobytes() == before
    assert agent.open_orders == []
    agent.action = lambda: None
    model.run_model()
    assert model.run.summary["conservation_error"] < 1e-12


def test_what_it_asked_for_before_it_failed_is_taken_back_and_others_orders_stand():
    model = CascadeModel(crash())
    other, agent = TraderAgent(model, cash=10_000.0), Acting(model, cash=10_000.0)
    agent.action = lambda: 1 / 0
    for _ in range(3):
        model.step()
    kept = other.buy(0.5)
    with pytest.raises(StrategyError):
        model.step()
    agent.action = lambda: None
    model.step()
    assert kept.filled == other.position == 0.5
    assert agent.position == 1.0


@pytest.mark.parametrize("loop", ["while", "swallows"])
def test_a_step_that_never_ends_is_ended(loop):
    def forever():
        while True:
            if loop == "swallows":
                with contextlib.suppress(Exception):
                    time.sleep(0.001)

    model = CascadeModel(crash(), step_timeout=0.3)
    agent = Acting(model, cash=10_000.0)
    agent.action = forever
    for _ in range(3):
        model.step()
    with pytest.raises(StrategyError, match=r"Acting 2 in tick 3: step did not end within 0\.3 s"):
        model.step()
    agent.action = lambda: None
    model.step()
    assert agent.position == 1.0


def test_a_step_that_never_ends_is_ended_in_any_thread():
    model = CascadeModel(crash(), step_timeout=0.3)
    agent = Acting(model, cash=10_000.0)

    def forever():
        while True:
            pass

    agent.action = forever
    found = []

    def run():
        try:
            model.run_model()
        except StrategyError as error:
            found.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30.0)
    assert len(found) == 1
    assert "did not end" in found[0]


def test_turns_that_end_just_in_time_leave_nothing_behind():
    model = CascadeModel(crash(), step_timeout=0.02)
    agent = Acting(model, cash=10_000.0)
    agent.action = lambda: None
    ended = 0
    for turn in range(60):
        agent.pause = 0.015 + 0.0002 * turn
        with contextlib.suppress(StrategyError):
            model.turns.take(agent, lambda a: time.sleep(a.pause), (), {})
            ended += 1
        for _ in range(2_000):
            pass
    assert 0 < ended < 61


def test_a_turn_that_is_thrown_out_while_it_ends_leaves_the_clock_running():
    class Late:
        """A lock at whose door the exception arrives."""

        def __enter__(self):
            raise TurnTooLongError

        def __exit__(self, *exception):
            raise AssertionError

    model = CascadeModel(crash(), step_timeout=0.3)
    agent = Acting(model, cash=10_000.0)
    model.turns._watched = True
    lock, model.turns._lock = model.turns._lock, Late()
    with pytest.raises(StrategyError, match="did not end"):
        model.step()
    model.turns._lock, model.turns._watched = lock, False
    agent.action = lambda: time.sleep(0.001)
    while model.market.tick < 3:
        model.step()

    def forever():
        while True:
            pass

    agent.action = forever
    with pytest.raises(StrategyError, match="did not end"):
        model.step()


def test_a_step_may_take_for_ever_if_the_model_says_so():
    model = CascadeModel(crash(), step_timeout=None)
    agent = Acting(model, cash=10_000.0)
    agent.action = lambda: time.sleep(0.01)
    for _ in range(5):
        model.step()
    assert agent.position == 1.0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cash": -1.0}, "cash is -1"),
        ({"cash": math.nan}, "cash is nan"),
        ({"cash": 1.0, "leverage": 0.9}, "leverage is 0.9"),
        ({"cash": 1.0, "leverage": 126}, "from 1 to 125"),
    ],
)
def test_an_account_that_cannot_be_is_refused(settings, message):
    model = CascadeModel(crash({"exchange.max_leverage": 125}))
    with pytest.raises(StrategyError, match=message):
        TraderAgent(model, **settings)
    assert len(model.strategies) == 0
    assert len(model.agents) == 1
    model.step()


def test_another_strategys_order_cannot_be_cancelled():
    model = CascadeModel(crash())
    one, other = TraderAgent(model, cash=1e5), TraderAgent(model, cash=1e5)
    order = one.limit("buy", 1, 7_000.0)
    with pytest.raises(StrategyError, match="another strategy's"):
        other.cancel(order)


def test_without_mesa_the_error_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("cascade_sim.mesa_bridge.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "mesa", None)
    with pytest.raises(ImportError, match=r"pip install 'cascade-sim\[mesa\]'"):
        _ = mesa_bridge.CascadeModel
