"""The command line as a table: every command once, with what it takes. Unusable arguments end with 2 and one sentence."""

from __future__ import annotations

import argparse
import re
import sys
from typing import NoReturn

from console.model.moment import parse_instant
from console.model.nearest import did_you_mean

SCREENS = ("command", "triage", "exit", "alerts", "kpis", "radar", "rules", "sources", "settings", "sessions")
COMMANDS = (
    "demo",
    "open",
    "collect",
    "kpis",
    "kpi",
    "queue",
    "check",
    "alerts",
    "backtest",
    "rules",
    "explain",
    "forecast",
    "sla",
    "decide",
    "deliver",
    "export",
    "doctor",
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        typo = re.match(r"argument COMMAND: invalid choice: '(.*?)'", message)
        if typo:
            message = f'there is no command "{typo.group(1)}".{did_you_mean(typo.group(1), COMMANDS)}'
        print(f"hypercare: {message}", file=sys.stderr)
        raise SystemExit(2)


def parser() -> argparse.ArgumentParser:
    top = _Parser(prog="main.py", description="Hypercare Console. Without a command: the window.")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    demo = commands.add_parser("demo", help="the console on a simulated launch")
    demo.add_argument("--seconds", type=float, help="end by itself after so long")
    demo.add_argument("--seed", type=int, default=7)
    demo.add_argument("--now", metavar="ISO", type=_instant, help="the instant the simulated launch stands at")
    _pictures(demo)

    opened = commands.add_parser("open", help="a session in the window")
    opened.add_argument("session", metavar="FILE", help="a session's file, or a link to one of its numbers")
    opened.add_argument("--seconds", type=float)
    _moment(opened)
    _pictures(opened)

    collect = commands.add_parser("collect", help="poll without a window")
    collect.add_argument("--config", required=True, metavar="FILE")
    collect.add_argument("--session", required=True, metavar="FILE")
    collect.add_argument("--seconds", type=float)
    collect.add_argument("--until-backfilled", action="store_true")

    _command(commands, "kpis", "the numbers there are")
    kpi = _command(commands, "kpi", "one number")
    kpi.add_argument("name")
    kpi.add_argument("--route")
    kpi.add_argument("--consumer")
    kpi.add_argument("--severity", choices=("P1", "P2", "P3", "P4"))
    kpi.add_argument("--kind", help="bug, performance, question …")
    kpi.add_argument("--area", help="the component a ticket is filed under")
    kpi.add_argument("--channel", help="portal, support_phone …")
    kpi.add_argument("--segment", help="a segment of customers, as the settings name them")
    kpi.add_argument("--release", metavar="VERSION", help="while that release was out")
    kpi.add_argument("--from", dest="from_", metavar="ISO")
    kpi.add_argument("--to", metavar="ISO")
    kpi.add_argument("--proof", action="store_true", help="with the statement, its coverage and the rows it read")
    _moment(kpi)

    queue = _command(commands, "queue", "the open tickets")
    queue.add_argument("--all", action="store_true", help="also the resolved ones")
    queue.add_argument("--filter", metavar="TEXT", default="")
    _moment(queue)

    _moment(_command(commands, "check", "the exit criteria as an exit code"))

    explain = _command(commands, "explain", "what moved in a span and what did not")
    explain.add_argument("--from", dest="from_", metavar="ISO", type=_instant, required=True)
    explain.add_argument("--to", metavar="ISO", type=_instant, required=True)
    _moment(explain)

    alerts = _command(commands, "alerts", "what fired, and what would have")
    _span(alerts)
    _moment(alerts)

    backtest = _command(commands, "backtest", "what an alert rule would have done over the recorded history")
    backtest.add_argument("rule", metavar="RULE.toml")
    _span(backtest)
    _moment(backtest)

    rules = _command(commands, "rules", "the rules over tickets, and what they would have said of the last ones")
    rules.add_argument("--try", dest="rule", metavar="RULE.toml", help="this rule instead of those that are on")
    rules.add_argument("--last", metavar="N", type=_count, default=500, help="tickets, the newest first")

    foretold = _command(commands, "forecast", "the probability of exit for each coming day")
    _moment(foretold)

    sla = _command(commands, "sla", "the SLA clocks of a ticket and the stretches they are made of")
    sla.add_argument("key", metavar="KEY", nargs="?", help="a ticket, SOURCE:KEY where two systems have the same key")
    sla.add_argument("--config", metavar="FILE", help="what the calendars and policies of these settings would change")
    sla.add_argument("--forgotten", action="store_true", help="tickets that were taken up and then left")
    _moment(sla)

    decide = _command(commands, "decide", "decide about a ticket, a criterion, an alert")
    decide.add_argument("subject", help="KEY or SOURCE:KEY of a ticket, or what else it is about")
    decide.add_argument("act", help="ack, severity, assign, comment, status, stage, duplicate-of, undo …")
    decide.add_argument("value", nargs="?", default="")
    decide.add_argument("--comment", default="")

    deliver = _command(commands, "deliver", "bring out what was decided, without a window")
    deliver.add_argument("--config", required=True, metavar="FILE", help="settings with the sources to write to")
    deliver.add_argument("--seconds", type=float, help="end after so long, whatever is left")

    export = _command(commands, "export", "a table of facts")
    export.add_argument("table")
    export.add_argument("--format", choices=("csv", "parquet", "json"), default="csv")
    export.add_argument("--to", metavar="FILE")

    doctor = commands.add_parser("doctor", help="what works on this machine and what does not")
    doctor.add_argument("--config", metavar="FILE")
    doctor.add_argument("--json", action="store_true")
    return top


def _command(commands: argparse._SubParsersAction[_Parser], name: str, text: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text)
    command.add_argument("session", metavar="SESSION")
    command.add_argument("--json", action="store_true")
    return command


def _moment(command: argparse.ArgumentParser) -> None:
    command.add_argument("--at", metavar="ISO", type=_instant)
    command.add_argument("--known", choices=("then", "now"), default="now")


def _span(command: argparse.ArgumentParser) -> None:
    command.add_argument("--from", dest="from_", metavar="ISO", type=_instant)
    command.add_argument("--to", metavar="ISO", type=_instant)


def _instant(text: str) -> str:
    """Checked here, handed on as it is: the process that answers reads it again."""
    try:
        parse_instant(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def _count(text: str) -> int:
    if not re.fullmatch(r"\d{1,6}", text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of tickets, such as 500')
    return int(text)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise argparse.ArgumentTypeError(f'"{text}" is not WIDTHxHEIGHT, such as 1600x900')
    return max(640, int(width)), max(400, int(height))


def _pictures(command: argparse.ArgumentParser) -> None:
    command.add_argument("--screenshot", metavar="FILE")
    command.add_argument("--screen", choices=SCREENS, default="command")
    command.add_argument("--size", metavar="WxH", type=_size, default=(1600, 900))
    command.add_argument("--theme", choices=("dark", "light", "contrast"), default=None)
    command.add_argument("--text", type=int, default=None, metavar="PERCENT", help="text size, 80 to 200")
