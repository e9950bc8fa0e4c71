"""The one style sheet of the application, built from a look's colours and the text scale.

Widgets choose their dress by a dynamic property ``role`` (card, field, primary, quiet, muted, heading, …), never by
colours of their own. Text sizes are pixels, since points differ between systems.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from console import paths

if TYPE_CHECKING:
    from widgets.theme import Colours

_SHEET = Template(
    """
QWidget { color: $text; font-size: ${base}px; selection-background-color: $selection; selection-color: $text; }
QMainWindow, QWidget[role="screen"] { background: $bg; }
QWidget[role="frame"] { background: $frame; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QFrame[role="card"] { background: $panel; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[role="card"]:focus, QFrame[role="card"][held="true"] { border-color: $accent; }
QFrame[role="raised"] { background: $raised; border: 1px solid $line; border-radius: ${radius}px; }
QFrame[role="rule"] { background: $line; border: none; }
QFrame[role="banner"] { background: $raised; border: none; border-bottom: 1px solid $line; }
QLabel { background: transparent; border: none; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="small"] { color: $muted; font-size: ${small}px; }
QLabel[role="tiny"] { color: $muted; font-size: ${tiny}px; }
QLabel[role="heading"] { font-size: ${heading}px; font-weight: 600; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="title"] { font-size: ${title}px; font-weight: 600; }
QLabel[role="big"] { font-size: ${big}px; font-weight: 700; }
QLabel[tone="good"] { color: $good; }
QLabel[tone="warn"] { color: $warn; }
QLabel[tone="bad"] { color: $bad; }
QLabel[tone="info"] { color: $info; }
QLabel[tone="accent"] { color: $accent; }
QLabel[tone="unknown"] { color: $unknown; }
QLabel[tone="quiet"], QLabel[tone="muted"] { color: $muted; }
QLabel[tone="neutral"] { color: $text; }
QLabel[role="error"] { color: $bad; font-size: ${small}px; }

QPushButton { background: $raised; border: 1px solid $line; border-radius: ${pill}px; padding: ${p1}px ${p3}px;
  min-height: ${line_h}px; }
QPushButton:hover { border-color: $muted; }
QPushButton:pressed { background: $line; }
QPushButton:checked { background: $selection; border-color: $accent; }
QPushButton:disabled { color: $quiet; background: transparent; }
QPushButton[role="primary"] { background: $selection; border-color: $selection; }
QPushButton[role="primary"]:hover { border-color: $accent; }
QPushButton[role="danger"] { color: $bad; border-color: $bad; background: transparent; }
QPushButton[role="quiet"] { background: transparent; border-color: transparent; color: $muted; }
QPushButton[role="quiet"]:hover { color: $text; border-color: $line; }
QPushButton:focus, QPushButton[role="primary"]:focus, QPushButton[role="quiet"]:focus, QPushButton[role="danger"]:focus
  { border: 2px solid $accent; padding: ${p1f}px ${p3f}px; }

QLineEdit, QPlainTextEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateTimeEdit
  { background: $raised; border: 1px solid $line; border-radius: ${r6}px; padding: ${p1}px ${p2}px;
  min-height: ${line_h}px; }
QLineEdit[role="search"] { border-radius: ${pill}px; padding: ${p1}px ${p3}px; }
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QDateTimeEdit:focus {
  border-color: $accent; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"], QSpinBox[invalid="true"], QComboBox[invalid="true"] {
  border-color: $bad; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: $quiet; }
QComboBox::drop-down { border: none; width: ${p5}px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line; outline: none; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
  width: ${p4}px; border: none; background: transparent; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$icons/chevron-up-$arrow.svg"); width: ${p2}px;
  height: ${p2}px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow, QComboBox::down-arrow {
  image: url("$icons/chevron-down-$arrow.svg"); width: ${p2}px; height: ${p2}px; }
QCheckBox, QRadioButton { spacing: ${p2}px; background: transparent; }
QCheckBox::indicator { width: ${p3}px; height: ${p3}px; border: 1px solid $muted; border-radius: 3px;
  background: $raised; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url("$icons/check-$tick.svg"); }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid $accent; }
QRadioButton::indicator { width: ${p3}px; height: ${p3}px; border: 1px solid $muted; border-radius: ${r7}px;
  background: $raised; }
QRadioButton::indicator:checked { background: $accent; border: 3px solid $raised; }
QProgressBar { background: $raised; border: none; border-radius: ${p1}px; min-height: ${p2}px; max-height: ${p2}px;
  text-align: center; }
QProgressBar::chunk { background: $accent; border-radius: ${p1}px; }

QTableView, QTreeView, QListView { background: transparent; border: none; outline: none; gridline-color: $line; }
QListView#offers { background: $raised; border: 1px solid $line; border-radius: ${r6}px; }
QListView::item, QTreeView::item { padding: ${p1}px ${p2}px; }
QListView::item:selected, QTreeView::item:selected { background: $selection; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; color: $muted; font-size: ${small}px; border: none;
  border-bottom: 1px solid $line; padding: 0 ${p2}px; }
QTableCornerButton::section { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: ${p3}px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: ${p3}px; margin: 0; }
QScrollBar::handle { background: $line; border-radius: ${p1}px; min-height: ${p6}px; min-width: ${p6}px;
  margin: ${p0}px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: $line; }
QMenu { background: $raised; border: 1px solid $line; padding: ${p1}px; }
QMenu::item { padding: ${p1}px ${p4}px; border-radius: ${r4}px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $quiet; }
QMenu::separator { height: 1px; background: $line; margin: ${p1}px; }
QMenuBar { background: $frame; }
QMenuBar::item { padding: ${p1}px ${p2}px; background: transparent; }
QMenuBar::item:selected { background: $selection; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: ${p1}px; }
QTabBar::tab { background: transparent; color: $muted; padding: ${p2}px ${p3}px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QTabWidget::pane { border: none; }
"""
)


def sheet(colours: Colours, scale: float) -> str:
    """The sheet for one look; ``scale`` 1.0 is 12 px text."""

    def px(size: float) -> int:
        return max(1, round(size * scale))

    dark = _is_dark(colours.panel)
    return _SHEET.substitute(
        {name: getattr(colours, name) for name in colours.__slots__},
        base=px(12), small=px(12), tiny=px(11), heading=px(13), title=px(16), big=px(22), line_h=px(16),
        radius=px(8), pill=px(12), r4=px(4), r6=px(6), r7=px(7), p1f=max(0, px(4) - 1), p3f=max(0, px(12) - 1),
        p0=px(2), p1=px(4), p2=px(8), p3=px(12), p4=px(16), p5=px(20), p6=px(24),
        icons=(paths.resources() / "icons").as_posix(), arrow="light" if dark else "dark",
        tick="dark" if dark else "light",
    )  # fmt: skip


def _is_dark(colour: str) -> bool:
    return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) < 384
