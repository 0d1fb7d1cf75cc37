"""A pool with its loans and its oracle: whose turn it is to be liquidated, and who bears what is lost."""

from __future__ import annotations

import math
from dataclasses import dataclass

from naive.auctions import unsafe
from naive.lending import account_net, below, health_factor, seize_tokens, seizure
from naive.plain import plain_record


@dataclass(eq=False)
class Loan:
    slot: int
    index: int  # place in the pool as it was built
    collateral: float
    debt: float
    threshold: float
    listed: float  # trigger price as it was sorted by
    since: int
    where: str = "untouched"

    @property
    def trigger(self) -> float:
        return self.debt / (self.collateral * self.threshold)


class Pool:
    """Common to all kinds; a kind says what ``step`` does."""

    def __init__(self, run, number: int, record, loans: list[Loan]):
        terms = vars(plain_record(record))
        self.stair = terms.pop("step")  # seconds; a pool's step is what it does
        vars(self).update(terms)
        self.run, self.number, self.loans = run, number, loans
        self.delayed: list[tuple[int, float]] = []  # oracle prices under way, and when they arrive
        self.put_aside: list[Loan] = []
        self.auctions: list = []  # open ones, in the order in which they are looked at

    @property
    def cost(self) -> float:
        return self.gas * self.run.gas_now * 1e-9 * self.run.token

    def loans_at(self, where: str) -> list[Loan]:
        return [loan for loan in self.loans if loan.where == where]

    # the oracle

    def update_oracle(self) -> None:
        now, market = self.run.now, self.run.market
        while self.delayed and self.delayed[0][0] <= now:
            self.oracle = self.delayed.pop(0)[1]
        source = (market.mark_price, market.mid, lambda: market.index)[self.source]()
        if now - self.posted_tick >= self.heartbeat_ticks or abs(source / self.posted - 1.0) >= self.deviation:
            if self.run.gas_now > self.oracle_gas_limit:
                self.oracle_stuck += 1
            else:
                self.posted, self.posted_tick = source, now
                self.oracle_updates += 1
                if self.delay_ticks == 0:
                    self.oracle = source
                else:
                    self.delayed.append((now + self.delay_ticks, source))
        self.oracle_over = max(self.oracle_over, self.oracle - market.mid())

    # loans in order

    def start_block(self) -> None:
        self.to_visit = len(self.auctions)
        for loan in self.loans:
            met = loan.where == "untouched" and loan.listed > self.oracle
            if met or (loan.where == "changed" and loan.trigger > self.oracle):
                loan.where, loan.since = "ripe", self.run.now

    def end_block(self) -> None:
        for loan in self.put_aside:
            loan.where = "ripe"
        self.put_aside = []

    def wait(self, loan: Loan) -> None:
        loan.where = "aside"
        self.put_aside.append(loan)

    def health(self, loan: Loan) -> float:
        return health_factor([loan.collateral * self.oracle], [loan.threshold], [loan.debt])

    def liquidatable(self, loan: Loan) -> bool:
        raise NotImplementedError

    def next_ripe(self) -> Loan | None:
        """The largest debt that may be liquidated; those above it that may not are sorted out."""
        while ripe := self.loans_at("ripe"):
            loan = min(ripe, key=lambda loan: (-loan.debt, loan.slot))
            if self.liquidatable(loan):
                return loan
            if loan.trigger > self.oracle:
                self.wait(loan)
            else:
                loan.where = "changed"
        return None

    # what is left

    def lose(self, amount: float) -> float:
        self.bad_debt += amount
        paid = min(amount, self.backstop_left)
        self.backstop_left -= paid
        self.covered += paid
        self.cash += paid
        self.run.backstop_cash -= paid
        return amount

    def leave(self, loan: Loan, collateral: float, debt: float) -> float:
        """The loan goes on with so much, or is closed; returns the debt that was lost."""
        before, lost = (loan.collateral, loan.debt), 0.0
        loan.collateral, loan.debt = collateral, debt
        if loan.debt == 0.0:
            self.returned += loan.collateral
            loan.collateral = 0.0
            loan.where = "closed"
        elif loan.collateral == 0.0:
            lost = self.lose(loan.debt)
            loan.debt = 0.0
            loan.where = "closed"
        self.collateral -= before[0] - loan.collateral
        self.debt -= before[1] - loan.debt
        return lost

    def step(self) -> bool:
        raise NotImplementedError


class FixedSpread(Pool):
    """Aave's and Compound's calls: whoever repays receives collateral at a discount."""

    def liquidatable(self, loan: Loan) -> bool:
        weighted = loan.collateral * self.oracle * loan.threshold
        if self.compound:
            return account_net([(weighted, 1.0, 1.0)], [(loan.debt, 1.0)]) < 0.0
        return below(self.health(loan), 1.0, 1.0)

    def share_closable(self, loan: Loan) -> float:
        if self.compound:
            return self.close_factor
        small = any(below(v, self.whole_under, self.whole_under) for v in (loan.collateral * self.oracle, loan.debt))
        deep = not below(self.whole_at, self.health(loan), 1.0)
        return 1.0 if deep or small else self.close_factor

    @property
    def gain(self) -> float:
        """Collateral's worth that a liquidator keeps, by what it repays."""
        if self.compound:
            return (1.0 + self.bonus) * (1.0 - self.protocol_fee)
        return 1.0 + self.bonus * (1.0 - self.protocol_fee)

    def offer(self, keeper, limit: float) -> float | None:
        """What a keeper would repay; None where it is not worth it."""
        run, gain = self.run, self.gain
        cash = keeper.cash - self.cost
        if cash <= 0.0:
            return None
        repay = min(limit, cash)
        if keeper.sells_at_once:
            if run.halted:
                return None
            floor = self.oracle / gain * (1.0 + keeper.margin) / (1.0 - run.rules.taker_fee)
            repay = min(repay, run.available(floor) * self.oracle / gain)
        if not repay > 0.0 or repay < 0.01 * limit:
            return None
        value = keeper.worth(repay * gain / self.oracle)
        return repay if value - repay * (1.0 + keeper.margin) >= self.cost else None

    def step(self) -> bool:
        while (loan := self.next_ripe()) is not None:
            most = self.share_closable(loan) * loan.debt
            capped = loan.collateral * self.oracle / (1.0 + self.bonus)
            young = False
            for keeper in self.run.eligible_keepers:
                if not keeper.ready(loan.since):
                    young = True
                    continue
                repay = self.offer(keeper, min(most, capped))
                if repay is not None:
                    self.call(loan, keeper, repay, most, capped)
                    return True
            if not young:
                return False
            self.wait(loan)
        return False

    def seize(self, loan: Loan, repay: float, most: float, capped: float) -> tuple[float, float, float, float]:
        """Returns what is repaid, what is seized, of it the protocol's fee and the liquidator's part."""
        whole = repay >= capped
        if not self.compound:
            given = most if whole else repay
            terms = (given, 1.0, self.oracle, self.bonus, loan.collateral, self.protocol_fee)
            repay, seized, _, fee, part = seizure(*terms)
            return repay, seized, fee, part
        seized = loan.collateral
        if not whole:
            tokens, _, _ = seize_tokens(repay, 1.0, self.oracle, 1.0, 1.0 + self.bonus, self.protocol_fee)
            seized = min(loan.collateral, tokens)
        fee = seized * self.protocol_fee
        return repay, seized, fee, seized - fee

    def call(self, loan: Loan, keeper, repay: float, most: float, capped: float) -> None:
        health, mid = self.health(loan), self.run.market.mid()
        least = loan.threshold * (1.0 + self.bonus)
        repay, seized, fee, part = self.seize(loan, repay, most, capped)
        action = self.run.act("liquidated", keeper, self, loan=loan.index, quantity=seized, paid=repay, health=health)
        action.toxic = int(not below(least, health, least))
        keeper.charge(self.cost)
        keeper.cash -= repay
        keeper.quantity += part
        self.cash += repay
        self.repaid += repay
        self.fees += fee
        self.seized += seized
        self.liquidated += seized * mid
        self.liquidations += 1
        self.toxic += action.toxic
        collateral = 0.0 if seized == loan.collateral else loan.collateral - seized
        debt = 0.0 if repay >= loan.debt else loan.debt - repay
        action.bad_debt = self.leave(loan, collateral, debt)
        action.health_after = math.inf if loan.where == "closed" else self.health(loan)
        action.collateral_left, action.debt_left = loan.collateral, loan.debt
        keeper.sell_what_it_won(action, part)


class Maker(Pool):
    """Vaults of Maker, whatever the auctions."""

    def liquidatable(self, loan: Loan) -> bool:
        return unsafe(loan.collateral, self.oracle * loan.threshold, loan.debt, 1.0)
