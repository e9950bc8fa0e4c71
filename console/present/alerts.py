"""Alerts in words: what fires, since when and why, what people were told, and how heavy that is on them."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from console.model import escalation
from console.model.alert import State
from console.model.alert_load import CHATTERS, FLOOD, MANAGEABLE, AlertLoad, Load, Verdict
from console.model.alert_rules import Rule, Signal, Way, labels_of
from console.model.grouping import LADDER, Notice
from console.model.moment import SECOND
from console.present import words
from console.present.alert_form import texts_of
from console.present.alerts_figures import (
    AlertRow,
    AlertsFigure,
    EndedRow,
    LoadPanel,
    NoticeRow,
    RuleRow,
    SilenceRow,
)
from console.present.figures import Pill
from console.present.tone import SEVERITY_TONE, Tone
from console.queries.alert_records import Firing
from console.queries.alerts import AlertLine, AlertsAnswer, RuleLine
from console.queries.catalogue import shipped as shipped_kpis

STATE_TONE = {
    State.OK: Tone.GOOD,
    State.PENDING: Tone.WARN,
    State.FIRING: Tone.BAD,
    State.HELD: Tone.UNKNOWN,
    State.UNKNOWN: Tone.UNKNOWN,
}
STATE_WORD = {
    State.OK: "ok",
    State.PENDING: "pending",
    State.FIRING: "firing",
    State.HELD: "held: its number is missing",
    State.UNKNOWN: "unknown",
}
_LOAD = {
    Load.FINE: ("fine", Tone.GOOD),
    Load.MANAGEABLE: ("manageable", Tone.WARN),
    Load.TOO_MUCH: ("more than people can answer", Tone.BAD),
    Load.FLOOD: ("a flood: nothing is read any more", Tone.BAD),
}
_FAILING = {
    "error_rate_5xx": "of calls fail",
    "error_rate_4xx": "of calls are refused as wrong",
    "throttled": "of calls are throttled",
    "rejected": "of calls are rejected",
    "availability_by_calls": "of calls succeed",
}
_UNITS = {"probe_up": "count", "silence": "count", "tickets": "count"}


def unit_of(what: str) -> str:
    """The unit of a KPI, gauge or measure; counts where nobody says."""
    known = shipped_kpis().kpis.get(what)
    return known.unit if known is not None else _UNITS.get(what, "count")


def why(rule: Rule, value: float | None, bound: float | None, limit: float | None, reason: str) -> str:
    """Why an alert stands where it does, in one sentence without a full stop."""
    if reason == "few":
        return "too little is known to say"
    if reason == "missing" or value is None:
        return "its number is missing"
    if rule.way is Way.BURN:
        windows = {"fast": "hour", "slow": "6 h", "slow leak": "3 days"}.get(reason, "hour")
        sure = "" if bound is None else f", at least {bound:.1f} times"
        return f"failures spend {value:.1f} times their budget over the last {windows}{sure}"
    if rule.way is Way.ANOMALY:
        said = words.value_of(unit_of(rule.what), value)
        if bound is None:
            return f"{said}, still learning what is usual"
        usual = words.value_of(unit_of(rule.what), bound)
        how = "off its usual for a while" if reason == "drift" else "a step away from its usual"
        return f"{said}, unusual from {usual} on: {how}"
    if rule.signal is Signal.ABSENT:
        return f"nothing heard for {words.plural(round(value), 'period')} of the source"
    if rule.signal is Signal.TICKETS:
        if rule.what == "arrives":
            return "nobody has taken it up"
        if rule.what == "breaches":
            return "it took longer than was promised"
        return f"the backlog grew on each of {rule.days} days, by {words.plural(round(value), 'ticket')} together"
    if rule.quantile is not None:
        return _slower(rule, value, bound, limit)
    if rule.is_share:
        sure = (
            ""
            if bound is None
            else f", at {'least' if rule.way is Way.ABOVE else 'most'} {words.share(bound)} for sure"
        )
        return f"{words.share(value)} {_FAILING.get(rule.what, '')}{sure}; the limit is {words.share(limit)}"
    if rule.what == "probe_up":
        return "the last checks failed" if value < 1 else "the checks succeed"
    unit = unit_of(rule.what)
    said = words.exact_duration(value) if unit == "s" else words.value_of(unit, value)
    sure = ""
    if rule.asked and bound is not None and bound != value:
        sure = f", at {'least' if rule.way is Way.ABOVE else 'most'} {words.value_of(unit, bound)} for sure"
    return f"{said}{sure}; the limit is {words.value_of(unit, limit)}"


def _slower(rule: Rule, value: float, bound: float | None, limit: float | None) -> str:
    allowed = 1 - (rule.quantile or 0.95)
    sure = "" if bound is None else f", at least {words.share(bound)} for sure"
    return (
        f"{words.share(value)} of calls take longer than {words.milliseconds(limit)}{sure}; {words.share(allowed)} may"
    )


def compared(rule: Rule, limit: float) -> str:
    """What the rule's curve shows: the number it compares."""
    known = shipped_kpis().kpis.get(rule.what)
    title = known.title if known is not None else rule.what.replace("_", " ")
    if rule.way is Way.BURN:
        return "budgets spent at this rate"
    if rule.quantile is not None and rule.is_share:
        return f"calls slower than {words.milliseconds(limit)}"
    match rule.signal:
        case Signal.ABSENT:
            return "periods without an answer"
        case Signal.TICKETS:
            return {"arrives": "waits", "breaches": "longer than promised"}.get(rule.what, "growth of the backlog")
    return title


def where(labels: Mapping[str, str]) -> str:
    """Which part it is about: the route, the source, the ticket."""
    return ", ".join(value for _, value in sorted(labels.items()))


def word(answer: AlertsAnswer) -> AlertsFigure:
    """Everything the screen shows at its moment."""
    now, zone = answer.now, answer.zone
    rows = tuple(_row(line, now, zone) for line in answer.lines)
    counts = {state: sum(1 for line in answer.lines if line.change.state is state) for state in State}
    summary, tone = headline(counts)
    nothing = "Nothing fires, and nothing is about to."
    if answer.judged is None and not rows:
        summary, tone = "Not judged", Tone.UNKNOWN
        nothing = "No rule was judged up to this moment: whether anything fires is unknown."
    by_name = {line.rule.name: line.rule for line in answer.rules}
    judged = (
        "Never judged as it happened in this session; the back-test tells what would have fired."
        if answer.judged is None
        else f"judged up to {words.day_and_clock(answer.judged, zone, now)}"
    )
    return AlertsFigure(
        summary, tone, judged, rows, tuple(_ended(f, by_name, now, zone) for f in answer.ended),
        tuple(notice(n, answer.titles, now, zone) for n in answer.notices), tuple(_rule(r) for r in answer.rules),
        tuple(
            SilenceRow(
                s.decision,
                f"{s.subject} is silent until {words.day_and_clock(s.end, zone, now)}, by {s.who}"
                + (f": {s.reason}" if s.reason else ""),
            )
            for s in answer.silences
        ),
        _load(answer.load, answer.week, answer.titles), nothing,
    )  # fmt: skip


def headline(counts: Mapping[State, int]) -> tuple[str, Tone]:
    """'2 firing, 1 held', with the worst tone."""
    names = ((State.FIRING, "firing"), (State.HELD, "held"), (State.PENDING, "pending"))
    parts = [f"{counts[state]} {name}" for state, name in names if counts.get(state)]
    if not parts:
        return "No alert", Tone.NEUTRAL
    worst = next(state for state, _ in names if counts.get(state))
    return ", ".join(parts), STATE_TONE[worst]


def pill(counts: Mapping[State, int]) -> Pill:
    """The alerts in the status line; empty text while there are none."""
    active = counts.get(State.FIRING, 0) + counts.get(State.HELD, 0)
    if not active and not counts.get(State.PENDING):
        return Pill("")
    text, tone = headline(counts)
    return Pill(f"Alerts: {text}", tone, action="go.alerts", spoken=f"Alerts: {text}; opens the alerts")


def _row(line: AlertLine, now: int, zone: ZoneInfo) -> AlertRow:
    rule, change = line.rule, line.change
    tone = Tone.WARN if change.state is State.PENDING else STATE_TONE[change.state]
    if change.state is State.FIRING:
        tone = SEVERITY_TONE[rule.severity]
    since = f"since {words.day_and_clock(line.began, zone, now)}, {words.duration((now - line.began) / SECOND)}"
    said = why(rule, change.value, change.bound, change.limit, change.reason)
    part = where(dict(change.labels))
    aside: list[tuple[str, Tone]] = []
    if line.holder:
        aside.append((f"{line.holder} has it", Tone.NEUTRAL))
    if line.seen is not None:
        until = words.day_and_clock(line.seen.until, zone, now)
        aside.append(
            (f"acknowledged by {line.seen.who} {words.age(line.seen.at, now)}, until {until}", Tone.NEUTRAL)
        )  # fmt: skip
    if line.silence is not None:
        aside.append((f"silent until {words.day_and_clock(line.silence.end, zone, now)}", Tone.QUIET))
    if line.flapping:
        aside.append(("flapping", Tone.WARN))
    state = STATE_WORD[change.state]
    return AlertRow(
        line.key, rule.name, line.group, rule.severity, tone, rule.title, part, state, since, said, tuple(aside),
        tuple(
            f"{b.kind or 'release'} {b.version}, {words.duration(max(0, line.began - b.at) / SECOND)} before"
            + (f": {b.note}" if b.note else "")
            for b in line.before
        ),
        tuple((t.key, f"{t.severity or '—'} {t.key} {t.title} ({t.why})") for t in line.tickets), _ladder(line), rule.owner,
        rule.runbook, line.number, f"{rule.severity} {rule.title}, {part}, {state}, {since}. {said}.",
    )  # fmt: skip


def _ladder(line: AlertLine) -> str:
    if line.change.state is State.PENDING:
        return ""
    if line.seen is not None:
        return ""
    ages = ", ".join(words.duration(rung / SECOND) for rung in LADDER)
    if line.rung == 0:
        return f"Unacknowledged; others are told after {ages}."
    climbed = words.duration(LADDER[line.rung - 1] / SECOND)
    return f"Unacknowledged for more than {climbed}: step {line.rung} of {len(LADDER)} of its escalation."


def _ended(firing: Firing, rules: Mapping[str, Rule], now: int, zone: ZoneInfo) -> EndedRow:
    rule = rules.get(firing.rule)
    title = rule.title if rule is not None else firing.rule
    said = "" if rule is None else why(rule, firing.value, firing.bound, firing.limit, firing.reason)
    ended = firing.ended or now
    when = f"{words.day_and_clock(firing.fired, zone, now)}, for {words.duration((ended - firing.fired) / SECOND)}"
    part = where(dict(firing.labels))
    return EndedRow(title, part, when, said, Tone.QUIET, f"Ended: {title}, {part}, {when}")


def notice(told: Notice, titles: Mapping[str, str], now: int, zone: ZoneInfo) -> NoticeRow:
    """A notice in words; ``titles`` are those of the rules."""
    if escalation.NAME in told.rules:
        return _rung_notice(told, now, zone)
    what = ", ".join(titles.get(rule, rule) for rule in told.rules)
    labels = [labels_of(key) for key in told.alerts]
    parts = [where(pairs) for pairs in labels if pairs]
    tickets = {pairs.get("ticket", "") for pairs in labels}
    some = ", ".join(parts[:3]) + (f" and {len(parts) - 3} more" if len(parts) > 3 else "")
    text = f"{told.severity} {what}" + (f": {some}" if some else "")
    if told.flapping:
        text += " (flapping: it comes and goes, and is not told again until it was calm for an hour)"
    aside = words.day_and_clock(told.minute, zone, now)
    if told.kept:
        aside += f", nobody was disturbed: {told.kept}"
    tone = Tone.QUIET if told.kept else SEVERITY_TONE.get(told.severity, Tone.INFO)
    loud = told.severity == "P1" and not told.kept
    return NoticeRow(
        f"{told.minute}/{told.group}/{told.alerts[0]}", told.minute, text, aside, tone, loud, bool(told.kept),
        f"{text}, {aside}", ticket=tickets.pop() if len(tickets) == 1 else "",
    )  # fmt: skip


def _rung_notice(told: Notice, now: int, zone: ZoneInfo) -> NoticeRow:
    """A rung of the escalation ladder: which clocks, how much of their time is used, and who is to be told."""
    rungs = [rung for key in told.alerts if (rung := escalation.rung_of(key)) is not None]
    percent, people = escalation.group_parts(told.group)
    late = bool(rungs) and rungs[0][2] >= 100
    ticket = rungs[0][0] if len({rung[0] for rung in rungs}) == 1 else ""
    if not rungs:
        text = f"{told.group}."
    elif len(rungs) == 1:
        time = f"its {rungs[0][1]} time is used"
        used = f"{time} up" if rungs[0][2] == 100 else f"{percent} of {time}"
        text = f"{ticket}: {used}. To be told: {people}."
    else:
        some = ", ".join(f"{key} ({clock})" for key, clock, _ in rungs[:3])
        more = f" and {words.count(len(rungs) - 3)} more" if len(rungs) > 3 else ""
        text = f"{words.count(len(rungs))} SLA clocks used {percent} of their time: {some}{more}. To be told: {people}."
    aside = words.day_and_clock(told.minute, zone, now)
    if told.kept:
        aside += f", nobody was disturbed: {told.kept}"
    tone = Tone.QUIET if told.kept else Tone.BAD if late else Tone.WARN
    narrow = "" if ticket else "sla:breached" if late or not rungs else "sla:due_soon,breached"
    first = told.alerts[0] if told.alerts else ""
    return NoticeRow(
        f"{told.minute}/{told.group}/{first}", told.minute, text, aside, tone, kept=bool(told.kept),
        spoken=f"{text} {aside}", ticket=ticket, filter=narrow,
    )  # fmt: skip


def _rule(line: RuleLine) -> RuleRow:
    rule = line.rule
    state, tone = STATE_WORD[line.state], STATE_TONE[line.state]
    aside = f"{words.plural(line.firings, 'firing')} in 7 days"
    if line.retired:
        state, tone = "retired", Tone.QUIET
    elif line.why == "learning":
        state = "learning what is usual"
    elif line.why:
        aside = line.why
    return RuleRow(
        rule.name,
        rule.title,
        state,
        tone,
        aside,
        line.retired,
        line.own,
        tuple(texts_of(rule).items()),
        f"{rule.title}, {state}, {aside}",
    )


def _load(found: AlertLoad, week: tuple[Verdict, ...], titles: Mapping[str, str]) -> LoadPanel:
    said, tone = _LOAD[found.load]
    lines = [
        ("Last hour", words.plural(found.last_hour, "notice"), tone),
        ("Worst hour of the day", words.plural(found.worst_hour, "notice"), _tone_of(found.worst_hour)),
        ("A day", words.plural(round(found.a_day), "notice"), Tone.NEUTRAL),
    ]
    if found.offenders:
        rule, firings = found.offenders[0]
        lines.append(("Most often", f"{titles.get(rule, rule)}, {words.plural(firings, 'time')}", Tone.NEUTRAL))
    if found.chattering:
        lines.append(("Chattering", ", ".join(found.chattering[:3]), Tone.WARN))
    if found.standing:
        lines.append(("Standing for over a day", ", ".join(found.standing[:3]), Tone.WARN))
    return LoadPanel(said, tone, tuple(lines), tuple((v.rule, _advice(v, titles)) for v in week))


def _tone_of(an_hour: int) -> Tone:
    return Tone.BAD if an_hour >= FLOOD else Tone.WARN if an_hour > MANAGEABLE else Tone.NEUTRAL


def _advice(verdict: Verdict, titles: Mapping[str, str]) -> str:
    title = titles.get(verdict.rule, verdict.rule)
    times = words.plural(verdict.firings, "firing")
    match verdict.why:
        case "stands":
            return f"{title}: has fired for over a day. Fix what it tells, or retire it."
        case "chatters":
            return f"{title}: fired {CHATTERS} times in ten minutes. Give it a longer keep_firing_for."
        case "often":
            return f"{title}: {times} in a week. Raise its limit, lengthen its for, or fix the cause."
    return f"{title}: {times} and nobody acted on any. Retire it, or make it speak of what people act on."
