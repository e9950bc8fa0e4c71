"""A desk and a workplace with canned answers, for driving the window by keys. Lanes are real, the work is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from console.model.change import Change
from console.model.errors import QuestionError, SessionError, SettingsError, SourceError, Trouble
from console.model.mapping import Becoming, MappingPreview, Word
from console.model.moment import Moment
from console.model.number import Number
from console.ports import Seen
from console.present import mapping as present_mapping
from console.present.alerts_figures import AlertsFigure, BacktestFigure, LoadPanel, NoticeRow
from console.present.figures import (
    Cell,
    ChartFigure,
    Column,
    CommandFigure,
    CriteriaPanel,
    Pill,
    Row,
    SessionLine,
    SessionsFigure,
    SourceLine,
    SourcesFigure,
    StatusLine,
    TableWindow,
    TicketDetail,
    TimelineFigure,
)
from console.present.mapping import MappingFigure
from console.present.proof_figures import Fact, ProofFigure, SourceState, StripPart
from console.present.tone import Tone
from console.settings import Settings, SourceSettings, from_document
from console.work.lanes import Lanes
from tests.waiting import Gate
from tests.widgets.triage_empty import EmptyTriage

GO_LIVE = 1_763_100_000.0

SETTINGS = from_document(
    {
        "session": {
            "name": "Atlas Checkout 3.0",
            "go_live": "2026-11-14T08:00:00Z",
            "time_zone": "Europe/Berlin",
            "baseline": {"kind": "fixed", "per_day": 40.0},
        },
        "me": {"name": "lead"},
        "flow": [
            {"name": "checkout", "routes": ["POST /v3/payments/confirm"], "statistic": "p95", "slo_ms": 500.0},
            {"name": "browse", "routes": ["GET /v3/orders", "GET /v3/cart"], "statistic": "p90", "slo_ms": 300.0},
        ],
        "routes": {"internal": ["/health*", "/metrics"], "critical": ["POST /v3/payments/confirm"]},
        "release": [{"version": "3.0.4", "at": "2026-11-20T13:47:00Z"}],
        "consumer": [{"id": "web-7f", "customer": "example.com", "segment": "enterprise"}],
        "targets": {"error_rate_5xx": 0.001},
        "source": [
            {
                "name": "edge",
                "kind": "scrape",
                "flavour": "apisix",
                "url": "http://127.0.0.1:9091/apisix/prometheus/metrics",
                "credential": "edge-token",
                "period_s": 15.0,
            },
            {"name": "shop-jira", "kind": "jira", "url": "http://127.0.0.1:9092", "jql": "project = PAY"},
        ],
    }
)

LINES = (
    SourceLine(
        "edge", "scrape", "Gateway metrics page", "live", Tone.GOOD, "http://127.0.0.1:9091/apisix/prometheus/metrics",
        "3 s ago", "in 12 s", note="APISIX 3.18 · 41 routes", rows="1 204 882 rows",
    ),
    SourceLine(
        "history", "prometheus", "Prometheus server", "back-filling", Tone.INFO, "http://127.0.0.1:9090", "1 min ago",
        "in 30 s", progress=0.42, progress_words="42 % · 3 d 4 h of 7 d 12 h", rows="402 117 rows",
    ),
    SourceLine(
        "shop-jira", "jira", "Jira", "lost", Tone.BAD, "https://jira.example.com", "18 min ago", "in 5 min",
        trouble="jira.example.com refused the credential (401); nothing new is read until it is replaced. "
        "Edit the source and type the token again.",
    ),
    SourceLine(
        "shop-probe", "probe", "Availability probe", "paused", Tone.QUIET, "https://shop.example.com/health", "2 h ago",
        "not while paused", paused=True,
    ),
)  # fmt: skip


def mapping_figure(source: SourceSettings) -> MappingFigure:
    """Forty tickets of a Jira whose "Dringend" means nothing until it is set."""
    own = source.options.get("severity_map", {})
    urgent = own.get("Dringend", "")
    words_ = (
        Word("severity", "High", 31, "P2", own.get("High", "P2")),
        Word("severity", "Dringend", 9, "", urgent),
        Word("status", "In Prüfung", 12, "in_progress", "in_progress"),
        Word("status", "Offen", 28, "new", source.options.get("status_map", {}).get("Offen", "new")),
    )
    tickets = tuple(
        Becoming(
            str(n),
            f"PAY-{n}",
            "Payment page stays white after the bank's confirmation <b>now</b>" if n % 3 else "رمز التحقق لا يصل",
            {
                "severity": ("", urgent) if n % 4 == 0 else ("P2", own.get("High", "P2")),
                "status": ("in_progress", "in_progress") if n % 3 else ("new", "new"),
                "assignee": ("Zoë Ångström", "Zoë Ångström"),
                "created_at": ("2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z"),
            },
        )
        for n in range(40, 0, -1)
    )
    return present_mapping.word(MappingPreview(tickets, words_))


def command_figure(session: str = "Atlas Checkout 3.0") -> CommandFigure:
    xs = np.linspace(GO_LIVE, GO_LIVE + 6 * 86_400, 60)
    charts = tuple(
        ChartFigure(key, title, unit, float(xs[0]), float(xs[-1]))
        for key, title, unit in (
            ("errors", "Gateway 5xx rate", "percent"),
            ("latency", "Latency", "ms"),
            ("throughput", "Throughput", "per_second"),
            ("tickets", "Tickets", "count"),
        )
    )
    return CommandFigure(
        StatusLine(
            session,
            "Day 6 of 14",
            (
                Pill("● LIVE · 4/5 sources · 3 s", Tone.GOOD, action="sources"),
                Pill("1 open", Tone.BAD, "P1"),
                Pill("4 open", Tone.WARN, "P2"),
            ),
            "lead",
        ),
        (),
        charts,
        CriteriaPanel("7 met · 2 not met · 1 unknown", ()),
        TimelineFigure(
            GO_LIVE,
            GO_LIVE + 14 * 86_400,
            float(xs[-1]),
            True,
            "14:21:07",
            tuple((GO_LIVE + day * 86_400, f"D{day}" if day else "Go-live") for day in range(14)),
            xs,
            np.abs(np.sin(xs / 20_000)) * 0.4,
            xs,
            np.abs(np.cos(xs / 30_000)) * 0.5,
            spoken="Day 6 of 14, live",
        ),
    )


ROWS = 250


def proof_figure(number: Number, session: str = "s") -> ProofFigure:
    """The proof of the design's picture."""
    return ProofFigure(
        number, "API 5xx rate",
        (Fact("value", "0.41 %", Tone.BAD), Fact("95 % interval", "0.40–0.42 %"), Fact("n", "9 412 806"),
         Fact("target", "< 0.1 %")),
        "Fri 13 Nov 14:21 – Fri 20 Nov 14:21 Europe/Berlin",
        coverage="coverage of 7 d · 99.6 % known · 38 min late, 4 min missing",
        strip=(StripPart(0, 0.4, Tone.GOOD, "known"), StripPart(0.4, 0.41, Tone.UNKNOWN, "4 min missing"),
               StripPart(0.41, 1, Tone.GOOD, "known")),
        definition="How many calls the system itself fails.", sql="SELECT sum(calls)\nFROM <b>traffic</b>",
        sources=(SourceState("edge", "Gateway metrics page · live · 3 s ago", Tone.GOOD),), moment="as known now · 14:21:07",
        link=number.link(session), rows_title="" if not number.kpi else "minutes and routes", spoken="Proof of API 5xx rate",
    )  # fmt: skip


def proof_rows(offset: int, limit: int) -> TableWindow:
    columns = (Column("minute", "Minute", 58), Column("route", "Route", 0), Column("calls", "Calls", 66, right=True))
    rows = tuple(
        Row(str(place), (Cell("14:20"), Cell(f"GET /v3/orders/{place}"), Cell("412")), f"row {place}")
        for place in range(offset, min(ROWS, offset + limit))
    )
    return TableWindow(columns, ROWS, offset, rows)


class FakeDesk(EmptyTriage):
    """Answers at once and writes down every act in ``acts``."""

    def __init__(self, name: str = "Atlas Checkout 3.0", read_only: bool = False) -> None:
        self.name = name
        self.session_id = f"id-{name}"
        self.path = Path(f"/sessions/{name}.hypercare")
        self.read_only = read_only
        self.acts: list[tuple[Any, ...]] = []
        self.current = SETTINGS
        self.lines: tuple[SourceLine, ...] = LINES
        self.seen: Seen | None = Seen("APISIX 3.18, 41 routes", ["apisix_http_status: 1 204 series", "3 nodes"])
        self.trouble: str | None = None
        self.preview: tuple[str, ...] = ()
        self.preview_refusal = ""
        self.refusal: str | None = None
        self.asked_command = 0
        self.notices: tuple[NoticeRow, ...] = ()
        self.alert_figure = AlertsFigure("No alert", Tone.NEUTRAL, "", (), (), (), (), (), LoadPanel("fine", Tone.GOOD))
        self.hold = Gate()
        self.hold.set()

    def warm(self) -> None:
        """Nothing here takes long."""

    def command(
        self, moment: Moment, window_s: int, chart_px: int, zoom: tuple[float, float] | None = None
    ) -> CommandFigure:
        self.asked_command += 1
        return command_figure(self.name)

    def queue(self, moment: Moment, question: object) -> TableWindow:
        return TableWindow((), 0, 0, (), empty="No tickets yet.")

    def ticket(self, moment: Moment, key: str) -> TicketDetail:
        return TicketDetail(key, "P1", "", "new", (), "")

    def proof(self, number: Number) -> ProofFigure:
        if number.kpi == "nothing":
            raise QuestionError('There is no KPI "nothing".')
        self.acts.append(("proof", number))
        return proof_figure(number, self.session_id)

    def proof_rows(self, number: Number, offset: int, limit: int) -> TableWindow:
        self.acts.append(("proof_rows", offset, limit))
        counted = any(act[0] == "proof_total" for act in self.acts)
        window = proof_rows(offset, limit)
        return window if counted else replace(window, total=offset + len(window.rows))

    def proof_total(self, number: Number) -> int:
        self.acts.append(("proof_total", number))
        return ROWS

    def export_proof(self, number: Number, form: str, target: str) -> str:
        self.acts.append(("export_proof", number, form, target))
        return target

    def sources(self) -> SourcesFigure:
        return SourcesFigure("2 of 4 live", self.lines)

    def alert_notices(self) -> tuple[NoticeRow, ...]:
        return self.notices

    def alerts(self, moment: Moment) -> AlertsFigure:
        return self.alert_figure

    def try_rule(self, texts: dict[str, str], moment: Moment, pixels: int) -> BacktestFigure:
        self.acts.append(("try_rule", texts))
        if self.refusal:
            raise SettingsError(self.refusal)
        chart = ChartFigure("backtest", "5xx rate", "percent", 0.0, 60.0, empty="Nothing is known.")
        return BacktestFigure(
            "2 firings, 1 notice in 6 d", Tone.NEUTRAL, "", chart, (("Mon 14:00", "for 6 min"),), "", ()
        )

    def save_alert_form(self, texts: dict[str, str]) -> str:
        self.acts.append(("save_alert_form", texts))
        return texts["name"]

    def drop_alert_rule(self, name: str) -> None:
        self.acts.append(("drop_alert_rule", name))

    def silence_alert(self, subject: str, minutes: int, reason: str) -> None:
        self.acts.append(("silence", subject, minutes, reason))

    def settings(self) -> Settings:
        return self.current

    def session_zone(self) -> ZoneInfo:
        return ZoneInfo("Europe/Berlin")

    def decide(self, act: str, subject: str, value: str = "", comment: str = "") -> None:
        self.acts.append(("decide", act, subject, value, comment))

    def save_source(self, source: SourceSettings, secret: str | None) -> str:
        self.hold.wait(5)
        if self.refusal:
            raise SettingsError(self.refusal)
        self.acts.append(("save_source", source, secret))
        return "Saved; the credential is kept for this run only, as there is no keyring." if secret else "Saved."

    def pause_source(self, name: str, paused: bool) -> None:
        self.acts.append(("pause", name, paused))

    def remove_source(self, name: str) -> None:
        self.acts.append(("remove", name))
        self.lines = tuple(line for line in self.lines if line.name != name)

    def sla_preview(self, settings: Settings) -> list[str]:
        if self.preview_refusal:
            raise SettingsError(self.preview_refusal)
        self.acts.append(("sla_preview", settings))
        return list(self.preview)

    def save_settings(self, settings: Settings) -> None:
        if self.refusal:
            raise SettingsError(self.refusal)
        self.acts.append(("save_settings", settings))
        self.current = settings

    async def look(self, source: SourceSettings, secret: str | None) -> Seen:
        await self.hold.opened()
        self.acts.append(("look", source, secret))
        if self.trouble:
            raise SourceError(Trouble.UNREACHABLE, self.trouble)
        assert self.seen is not None
        return self.seen

    async def preview_mapping(self, source: SourceSettings, secret: str | None) -> MappingFigure:
        await self.hold.opened()
        self.acts.append(("preview", source, secret))
        if self.trouble:
            raise SourceError(Trouble.UNREACHABLE, self.trouble)
        return mapping_figure(source)

    def cancel_backfill(self, name: str) -> None:
        self.acts.append(("cancel_backfill", name))

    def poll_now(self, name: str) -> None:
        self.acts.append(("poll_now", name))


class Preferences:
    """Remembers in memory only."""

    def __init__(self, **values: Any) -> None:
        self.values: dict[str, Any] = dict(values)

    def get(self, key: str, default: Any = None) -> Any:
        return self.values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        self.values[key] = value


class FakeWorkplace:
    """``known``: the lines of the Sessions screen. Opening a path in ``broken`` fails with its sentence."""

    def __init__(self, desk: FakeDesk | None = None, known: tuple[SessionLine, ...] | None = None) -> None:
        self.lanes = Lanes()
        self.vault = None
        self.desk = desk
        self.preferences = Preferences()
        self.on_change: Callable[[Change], None] | None = None
        self.acts: list[tuple[Any, ...]] = []
        self.broken: dict[str, str] = {}
        self.known = known if known is not None else SESSIONS

    def sessions(self) -> SessionsFigure:
        return SessionsFigure("212 GB free", self.known)

    def name_of(self, session_id: str) -> str:
        return {"id-Other": "Other launch"}.get(session_id, "")

    def open(self, path: Path) -> FakeDesk:
        self.acts.append(("open", path))
        if str(path) in self.broken:
            raise SessionError(self.broken[str(path)])
        self.desk = FakeDesk(path.stem)
        return self.desk

    def create(self, settings: Settings) -> FakeDesk:
        self.acts.append(("create", settings))
        self.desk = FakeDesk(settings.session.name)
        self.desk.current = settings
        return self.desk

    def start_demo(self, seed: int = 7) -> FakeDesk:
        self.acts.append(("start_demo", seed))
        self.desk = FakeDesk("Atlas Checkout 3.0")
        return self.desk

    def archive(self, path: Path) -> None:
        self.acts.append(("archive", path))

    def delete(self, path: Path) -> None:
        self.acts.append(("delete", path))
        self.known = tuple(line for line in self.known if line.path != str(path))

    def close(self) -> None:
        self.lanes.close()


SESSIONS = (
    SessionLine(
        "/sessions/Atlas Checkout 3.0.hypercare", "Atlas Checkout 3.0", "14 Nov – 28 Nov", "77 MB", "open here", True
    ),
    SessionLine("/sessions/Billing 2.4.hypercare", "Billing 2.4", "2 Sep – 16 Sep", "41 MB", "closed"),
    SessionLine("/sessions/Search 1.9.hypercare", "Search 1.9", "3 Jun – 17 Jun", "38 MB", "archived", archived=True),
)
