"""What people and machines put into a CRM to deceive, break or flood: the texts of A01 to A20."""

from html.parser import HTMLParser

TEXTS = {
    "a01 channel": "<!channel> <!here> <!everyone> <!subteam^S1>",
    "a02 mention": "<@U123ABCDE> <#C123ABCDE> @channel @here",
    "a03 link": "<https://evil.example|Approve> https://evil.example/a?b=1&copy;",
    "a04 marks": "*bold* _x_ `code` ```block``` ~gone~\n> quoted",
    "a05 escaped": "&amp;lt;!channel&gt; &#60;b&#62;",
    "a06 ampersands": "&" * 3000,
    "a06 pairs": "👩‍👩‍👧‍👦" * 700,
    "a07 huge": "Ω" * 10_000_000,
    "a09 control": "Ja\x00ne\x1b[31m \x07Roe\x7f \ud800 \x85\ufdd0",
    "a10 turned": "Acme \u202egnp.exe\u202c \u2066x\u2069 \u200bAna\u200b \ufeff",
    "a11 zalgo": "Z" + "\u0301\u0300\u0316" * 40 + "a" + "\u0489" * 500,
    "a11 emoji": "😀" * 500,
    "a15 script": "<script>alert(1)</script><img src=x onerror=alert(1)></td></table><base href=//evil.example>",
    "a16 attribute": '" onmouseover="alert(1)" x=\'y\'',
    "a20 template": "{{ ''.__class__ }} {% for x in y %} {{ cycler.__init__.__globals__ }} ${7*7}",
    "lines": "one\r\ntwo\u2028three\vfour",
    "arabic": "شركة الاختبار",
    "persian": "می‌خواهم",
    "hindi": "क्षत्रिय",
    "blank": "\u3164\u2800\u00ad\u200b",
}
LINKS = {
    "script": "javascript:alert(1)",
    "data": "data:text/html,<script>alert(1)</script>",
    "login": "https://crm.example.com@evil.example/",
    "break": 'https://crm.example.com/"onmouseover="alert(1)',
    "bar": "https://crm.example.com/|<!channel>",
    "lines": "https://crm.example.com/\r\nBcc:x",
    "long": "https://crm.example.com/" + "a" * 5000,
    "bracket": "https://[::1",
    "other letters": "https://crm.exаmple.com/",
    "no host": "https:///x",
}


class Page(HTMLParser):
    """Collects the elements, addresses and event handlers of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
