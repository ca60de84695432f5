"""Invented people and companies, put together from syllables; some are as awkward as real ones."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_FIRST = (  # noqa: SIM905 - names read better than a wall of quotes
    "Ada Amara Anouk Arjun Astrid Bela Björn Carla Cem Chiara Dana Dario Edda Elif Emre Farah Finn Gita Greta Hana Hugo "
    "Imani Inés Ivo Jada Jonas Juno Kofi Lars Leila Levin Lina Luca Mara Marek Mei Milo Nadia Nils Noor Olga Oskar Pia Priya "
    "Quinn Rafa Renée Rosa Ruben Sana Selma Siôn Tara Theo Tomás Uma Vera Viktor Wanda Xenia Yara Yusuf Zoë Zoran"
).split()
_ONSET = ("Bran", "Cor", "Dal", "El", "Fen", "Gar", "Hol", "Ir", "Jor", "Kest", "Lin", "Mar", "Nor", "Ost", "Pel", "Quar")
_ONSET_MORE = ("Rad", "Sel", "Tor", "Ul", "Ver", "Wal", "Yar", "Zel", "Ash", "Bir", "Cald", "Dun", "Egg", "Falk", "Grün", "Hav")
_CODA = ("berg", "by", "dale", "dottir", "er", "feld", "gard", "holm", "ic", "ini", "kamp", "ley", "mann", "nov", "oğlu", "ova")
_CODA_MORE = ("quist", "rup", "sen", "son", "stad", "stein", "stone", "ton", "vall", "wick", "wood", "yama", "zer", "ez", "oux", "ier")
_TRADE = (  # noqa: SIM905 - the same
    "Analytics Bakeries Biotech Capital Ceramics Cloud Components Dental Dynamics Energy Foods Freight Health Hotels Insurance Kinetics "
    "Labs Legal Lighting Logistics Machines Media Metals Mobility Optics Paper Payments Pharma Plastics Power Robotics Seeds Software "
    "Solar Sports Steel Supplies Systems Textiles Tools Travel Water"
).split()
_FORM = ((" GmbH", " AG", " & Co. KG", " SE"), (" Ltd", " plc", " LLP", ""), (" Inc.", " Corp.", " LLC", ""), (" Inc.", " Co.", " LLC", ""))

AWKWARD_COMPANIES = (
    "<Example & Söhne>",
    "*Star* Labs",
    "O'Malley's Data, Inc.",
    "Rocket 🚀 Freight",
    '"Quoted" Goods Ltd',
    "=SUM(A1:A9) Analytics",
    "@channel Travel",
    "Łódź_Bröd_Œuvres",
    "日本サンプル株式会社",
    "R&D <!here> Robotics",
    "~Tilde~ & `Tick` Tools",
    "The Very Long Name of a Family Company for the Manufacture of Precision Optical Components and Measuring Instruments of 1887",
)
AWKWARD_PEOPLE = ("Siobhán O'Connell", "Bjørn-Åke Ødegård", "Nuño d'Álvarez", "渡辺 さくら", "Zoë 🌻 Müller-Lüdenscheidt", "X Æ")


def person_name(first: float, last: float) -> tuple[str, str]:
    """A first and a last name from two draws in [0, 1)."""
    onset, coda = (*_ONSET, *_ONSET_MORE), (*_CODA, *_CODA_MORE)
    pair = int(last * len(onset) * len(coda))
    return _FIRST[int(first * len(_FIRST))], onset[pair // len(coda)] + coda[pair % len(coda)]


def people(draws: Floats) -> list[str]:
    """Full names from draws of shape (n, 2)."""
    return [" ".join(person_name(first, last)) for first, last in draws.tolist()]


def companies(draws: Floats, region: npt.NDArray[np.int64]) -> list[str]:
    """Company names from draws of shape (n, 3), with the legal forms of each row's region."""
    named = []
    for (stem, trade, form), forms in zip(draws.tolist(), region.tolist(), strict=True):
        _, last = person_name(0.0, stem)
        named.append(f"{last} {_TRADE[int(trade * len(_TRADE))]}{_FORM[forms][int(form * 4)]}")
    return named
