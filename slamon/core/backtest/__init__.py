"""A proposed or changed definition tried on history, with the same engine as live, beside the one in force."""

from slamon.core.backtest.alert_load import Telling
from slamon.core.backtest.figures import Backtest, Comparison
from slamon.core.backtest.trial import Question, UnknownAttributeError, backtest
from slamon.core.backtest.window import Window, window_of

__all__ = ["Backtest", "Comparison", "Question", "Telling", "UnknownAttributeError", "Window", "backtest", "window_of"]
