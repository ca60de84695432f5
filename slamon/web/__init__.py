"""The service seen from outside, over HTTP: health, metrics and unsubscribing; it reads the store only."""

from slamon.web.application import application
from slamon.web.serving import Serving, serving
from slamon.web.view import View

__all__ = ["Serving", "View", "application", "serving"]
