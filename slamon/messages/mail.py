"""Reports and alerts as mail: one template for each, escaped by it, styles written into the elements, a plain text beside."""

from functools import lru_cache
from typing import Any

import css_inline
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from slamon.messages.page import Page
from slamon.messages.slack_blocks import image_payload
from slamon.messages.wording import MARKS


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("slamon.messages"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), disabled_extensions=("txt.j2",), default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["marks"] = MARKS
    return environment


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def dressed(template: str, **values: Any) -> dict[str, str]:
    """The ``text`` and ``html`` of a template pair; the HTML carries its styles in the elements, as mail clients want it."""
    text = _templates().get_template(f"{template}.txt.j2").render(values)
    html = _templates().get_template(f"{template}.html.j2").render(values)
    return {"text": text.strip() + "\n", "html": _inliner().inline(html)}


def page_mail(page: Page) -> dict[str, Any]:
    """A report as a mail payload: subject, text, HTML and its chart as an image inside."""
    pictures = [image_payload(page.picture)] if page.picture else []
    return {"mode": "post", "subject": page.subject, **dressed("report", page=page, title=page.subject), "images": pictures}
