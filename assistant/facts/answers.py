"""Which computed answers each kind of question has, in the order in which they are tried."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from assistant.facts.compare import compare
from assistant.facts.count import count
from assistant.facts.duration import duration, timeless
from assistant.facts.endorse import endorse
from assistant.facts.need import need
from assistant.facts.order import order
from assistant.facts.plan import plan
from assistant.facts.premise import premise
from assistant.facts.records import Fact, Facts
from assistant.facts.sums import sums
from assistant.understanding.request import Frame, Request

Answerer = Callable[[Request, Facts], Fact | None]

ANSWERS: Mapping[Frame, tuple[Answerer, ...]] = MappingProxyType(
    {
        Frame.FIND: (endorse,),
        Frame.COMPARE: (compare,),
        Frame.NEED: (need,),
        Frame.ORDER: (order, compare),  # where the roadmaps place it
        Frame.COUNT: (count, compare),  # how many roadmaps recommend it
        Frame.SUM: (timeless, sums),
        Frame.DURATION: (timeless, duration, sums),  # how long two of them take
        Frame.PLAN: (plan,),
        Frame.PREMISE: (premise,),
    }
)


def computed(request: Request, facts: Facts) -> Fact | None:
    """Return the first computed answer to a request, None where its frame has none or a slot is missing."""
    return next(filter(None, (answer(request, facts) for answer in ANSWERS.get(request.frame, ()))), None)
