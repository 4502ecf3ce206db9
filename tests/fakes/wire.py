"""A wire in memory: answers by the text of the order, faults one by one, and a diary of what was done to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.domain.outcome import Order, Reply
from bridge.domain.secret import Secret

Answer = tuple[Reply, ...] | Exception


@dataclass
class FakeWire:
    """Implements Wire. `answers` and `opens` are used up from the front; the last answer stays."""

    answers: list[Answer] = field(default_factory=lambda: [(Reply(rows=(), prompt="READY"),)])
    opens: list[Exception | None] = field(default_factory=list)
    living: bool | Exception = True
    diary: list[str] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    password: Secret | None = None

    def open(self) -> None:
        self.diary.append("open")
        if self.opens and (fault := self.opens.pop(0)):
            raise fault

    def run(self, order: Order) -> tuple[Reply, ...]:
        self.diary.append(f"run {order.verb}")
        self.orders.append(order)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def alive(self) -> bool:
        self.diary.append("alive")
        if isinstance(self.living, Exception):
            raise self.living
        return self.living

    def close(self) -> None:
        self.diary.append("close")


@dataclass
class WireMaker:
    """Makes the wires that it was given, in turn; the last again and again."""

    wires: list[FakeWire] = field(default_factory=lambda: [FakeWire()])
    made: list[FakeWire] = field(default_factory=list)

    def __call__(self) -> FakeWire:
        wire = self.wires[min(len(self.made), len(self.wires) - 1)]
        self.made.append(wire)
        return wire
