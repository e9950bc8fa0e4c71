"""Criteria judged at a moment from the facts: entry, exit and goals, the template's ten and anyone's own.

Not met wins over unknown inside one criterion. A clock that is not full is not met and on track. Missing data never
passes: below the least coverage (99 % unless edited) the answer is unknown.
"""

from console.model.criterion import COVERAGE, Criterion
from console.queries.criteria.flows import flow_values
from console.queries.criteria.judge import ask
from console.queries.criteria.tickets import severities

__all__ = ["COVERAGE", "Criterion", "ask", "flow_values", "severities"]
