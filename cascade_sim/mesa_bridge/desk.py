"""Where strategies' orders go before a tick: rows and instructions for the kernels, and the orders that are open."""

from __future__ import annotations

from cascade_sim.engine.desk import with_more_instructions, with_more_orders
from cascade_sim.engine.world import World
from cascade_sim.kernels.desk import CANCEL, SEND, TOP_UP, Desk
from cascade_sim.kernels.state import INVERSE
from cascade_sim.mesa_bridge.order import Order


class OrderDesk:
    """Takes the orders of all strategies of one market.

    Parameters
    ----------
    world : World
        With a desk, which is replaced by a larger one when it is full.

    Attributes
    ----------
    desk : Desk
        The arrays that the kernels see.
    rows : ndarray of kernels.desk.ORDER
        Its orders.
    left, filled, value : ndarray of float64
        Their columns: taking one out of the rows costs more than reading a number from it.
    asked : int
        Number of instructions for the coming tick.
    """

    def __init__(self, world: World) -> None:
        assert world.desk is not None
        self._world = world
        self._state = world.state[0]
        self._count = 0
        self._own: dict[int, list[Order]] = {}
        self._take(world.desk)
        self._free = list(range(world.desk.orders.size - 1, -1, -1))
        self.inverse = int(world.rules["contract"][0]) == INVERSE
        self.open: list[Order] = []
        self.asked = 0  # instructions for the coming tick

    def _take(self, desk: Desk) -> None:
        self._world.desk = self.desk = desk
        self.rows = desk.orders
        self.left, self.filled, self.value = (desk.orders[name] for name in ("quantity", "filled", "value"))

    def send(
        self, account: int, direction: float, quantity: float, price: float, leverage: float, rests: bool
    ) -> Order:
        """Take an order for the coming tick."""
        if not self._free:
            self._make_room()
        place = self._free.pop()
        self.rows[place] = (account, rests, direction, price, leverage, quantity, 0.0, 0.0, 0.0)
        self._ask(SEND, account, place, 0.0)
        self._count += 1
        order = Order(self, self._count, account, direction, price, leverage, place)
        self.open.append(order)
        self._own.setdefault(account, []).append(order)
        return order

    def cancel(self, order: Order) -> None:
        """Have an order taken out in the coming tick; one that has not reached the market yet never will."""
        if not order.is_open or order.cancelled:
            return
        order.cancelled = True
        if order.sent:
            self._ask(CANCEL, order.account, order.place, 0.0)
        else:
            self.left[order.place] = 0.0

    def top_up(self, account: int, amount: float) -> None:
        """Have free cash moved into the margin of an account's position in the coming tick."""
        self._ask(TOP_UP, account, 0, amount)

    def of(self, account: int) -> list[Order]:
        """Return the open orders of an account, in the order in which they were sent."""
        return [order for order in self._own.get(account, ()) if not order.cancelled]

    def after_tick(self) -> None:
        """See what became of the orders: those with nothing left to fill are closed."""
        self.asked = int(self._state["instructions"])
        if not self.open or self.asked:  # while trading is halted, what was asked for waits
            return
        left = self.left
        for order in self.open:
            order.sent = True
            if left[order.place] == 0.0:
                self._close(order)
        self._sweep()

    def take_back(self, asked: int) -> None:
        """Forget all instructions after the first ``asked``, and the orders that came with them."""
        for row in self.desk.instructions[asked : self.asked]:
            for order in self.open:
                if order.place == row["order"] and row["kind"] == SEND:
                    self.left[order.place] = 0.0
                    self._close(order)
                elif order.place == row["order"] and row["kind"] == CANCEL:
                    order.cancelled = False
        self._sweep()
        self._state["instructions"] = self.asked = asked

    def _close(self, order: Order) -> None:
        order.conclude()
        self._free.append(order.place)
        self._own[order.account].remove(order)

    def _sweep(self) -> None:
        self.open = [order for order in self.open if order.is_open]

    def _ask(self, kind: int, account: int, place: int, amount: float) -> None:
        if self.asked == self.desk.instructions.size:
            self._take(with_more_instructions(self.desk))
        self.desk.instructions[self.asked] = (kind, account, place, amount)
        self.asked += 1
        self._state["instructions"] = self.asked

    def _make_room(self) -> None:
        before = self.rows.size
        self._take(with_more_orders(self.desk))
        self._free = list(range(self.rows.size - 1, before - 1, -1))
