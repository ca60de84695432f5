"""The application: every route by its file, behind the guards; a page for people joins as one more file of routes."""

from fastapi import FastAPI
from starlette.types import ASGIApp

from slamon.web import health, metrics, unsubscribing
from slamon.web.guards import Guards
from slamon.web.view import View


def application(view: View, hosts: frozenset[str] | None = None) -> ASGIApp:
    """What answers requests; ``hosts`` are the names by which it may be asked for (None: any)."""
    routes = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    routes.include_router(health.routes(view))
    routes.include_router(metrics.routes(view))
    if view.secret and view.url:
        routes.include_router(unsubscribing.routes(view, view.secret))
    return Guards(routes, view.journal, hosts, encrypted=bool(view.url and view.url.startswith("https:")))
