"""How people write tickets: voices, languages, greetings, signatures, quoted errors, slips of the fingers.

Every author keeps language and voice. Two tickets of one topic share a fault, seldom a sentence; that is what a
grouping by text has to cope with.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple

from console.sources.launch.topic import Texts, Topic

VOICES = ("plain", "mail", "terse", "angry", "technical", "chat")
_VOICE_WEIGHTS = (30, 26, 16, 8, 12, 8)
_LANGUAGE_WEIGHTS = {"en": 60, "de": 30, "fr": 10}
LOCALES = {"en": ("en-GB", "en-US", "en-IE"), "de": ("de-DE", "de-AT", "de-CH"), "fr": ("fr-FR", "fr-CH", "fr-BE")}
_FIRST = (
    "Anna", "Ben", "Clara", "David", "Elif", "Felix", "Greta", "Hanna", "Ivo", "Julia", "Karim", "Lena", "Marc", "Nina",
    "Oskar",
    "Paula", "Quentin", "Rosa", "Sami", "Tilda", "Uwe", "Vera", "Wim", "Yara", "Zoe", "Amélie", "Baptiste", "Chloé",
    "Jörg", "Søren",
)  # fmt: skip
_LAST = (
    "Adler", "Bauer", "Costa", "Dubois", "Egger", "Fischer", "Garnier", "Huber", "Iversen", "Jansen", "Keller",
    "Lambert", "Maier",
    "Novak", "Olsen", "Peters", "Quandt", "Richter", "Schulz", "Thomsen", "Urban", "Vogel", "Weber", "Young", "Zeller",
    "Müller-Roth",
)  # fmt: skip
_ROLES = (
    "Operations",
    "E-Commerce",
    "Service Desk",
    "Head of Online",
    "IT",
    "Accounting",
    "Integration",
    "Shop Manager",
)
_CITIES = ("Wien", "Graz", "Basel", "Zürich", "Köln", "Lyon", "Namur", "Leeds", "Cork", "Aarhus")
_DEVICES = ("Pixel 8", "Galaxy S23", "iPhone 14", "iPhone SE", "iPad Air", "Redmi Note 12")

_MORE: Texts = {
    "en": (
        "It started on {weekday}.", "Happens on every try.", "Happens only sometimes, I could not find a pattern.",
        "Please advise.",
        "We have {n} people waiting for this.", "Is there a workaround?", "Tried again at {time}, same result.",
        "A colleague sees the same on another machine.", "Restarting did not help.", "Not urgent, but it looks bad.",
        "Our reference is {order}.", "I can send a recording if that helps.",
        "This used to work before the switch to 3.0.",
        "About {n} customers are affected as far as we can see.", "Could you give us an estimate?",
    ),
    "de": (
        "Seit {weekday} ist das so.", "Tritt bei jedem Versuch auf.", "Nur manchmal, ein Muster sehe ich nicht.",
        "Gibt es einen Umweg?", "Um {time} noch einmal versucht, gleiches Ergebnis.",
        "Bei einer Kollegin ist es genauso.",
        "Vor der Umstellung lief es.", "Bitte um kurze Rückmeldung.", "Betroffen sind etwa {n} Kunden.",
    ),
    "fr": (
        "Cela a commencé {weekday}.", "À chaque essai.", "Avez-vous une solution provisoire ?",
        "Réessayé à {time}, même résultat.",
        "Environ {n} clients sont concernés.", "Merci de votre retour.",
    ),
}  # fmt: skip
_GREETINGS: Texts = {
    "en": ("Hello,", "Hi team,", "Dear support team,", "Good morning,", "Hi there,"),
    "de": ("Guten Tag,", "Hallo zusammen,", "Sehr geehrte Damen und Herren,", "Moin,"),
    "fr": ("Bonjour,", "Madame, Monsieur,"),
}
_CLOSINGS: Texts = {
    "en": ("Kind regards", "Best", "Thanks in advance", "Regards", "Thank you"),
    "de": ("Mit freundlichen Grüßen", "Viele Grüße", "Danke und Gruß"),
    "fr": ("Cordialement", "Merci d'avance"),
}
_ANGER: Texts = {
    "en": (
        "This is not acceptable.",
        "Second time this week!!",
        "We pay for this?",
        "I have been waiting for HOURS.",
        "Fix this NOW please.",
    ),
    "de": ("Das ist nicht hinnehmbar.", "Schon das zweite Mal diese Woche!!", "Bitte SOFORT beheben."),
    "fr": ("C'est inadmissible.", "Deuxième fois cette semaine !!"),
}
_STEPS: Texts = {
    "en": ("Steps:", "Expected: it works as before", "Actual:"),
    "de": ("Schritte:", "Erwartet: funktioniert wie bisher", "Tatsächlich:"),
    "fr": ("Étapes :", "Attendu : comme avant", "Constaté :"),
}
_DAYS: Texts = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}


class Author(NamedTuple):
    name: str
    mail: str
    role: str
    company: str
    language: str
    locale: str
    voice: str


class Text(NamedTuple):
    title: str
    body: str


def author(draw: random.Random, company: str, domain: str) -> Author:
    first, last = draw.choice(_FIRST), draw.choice(_LAST)
    language = draw.choices(tuple(_LANGUAGE_WEIGHTS), tuple(_LANGUAGE_WEIGHTS.values()))[0]
    voice = draw.choices(VOICES, _VOICE_WEIGHTS)[0]
    plain = re.sub(r"[^a-z]", "", first.lower()) + "." + re.sub(r"[^a-z-]", "", last.lower())
    return Author(
        f"{first} {last}",
        f"{plain}@{domain}",
        draw.choice(_ROLES),
        company,
        language,
        draw.choice(LOCALES[language]),
        voice,
    )


def write(draw: random.Random, topic: Topic, who: Author, weekday: int, hour: float, device: str = "") -> Text:
    """A title and a body in the author's language (English where the topic has none) and voice. Plain text, \\n
    between lines."""
    language = who.language if who.language in topic.bodies else "en"
    slots = {
        "order": f"A-{draw.randrange(410_000, 489_999)}",
        "amount": f"{draw.randrange(9, 420)}.{draw.choice(('00', '50', '90', '99'))} €",
        "minutes": str(draw.choice((5, 10, 15, 20, 25, 40, 90))),
        "n": str(draw.randrange(3, 28)),
        "time": f"{int(hour) % 24:02d}:{draw.randrange(60):02d}",
        "city": draw.choice(_CITIES),
        "voucher": draw.choice(("AUTUMN10", "HELLO5", "VIP20", "THANKYOU")) + str(draw.randrange(10, 99)),
        "safari": draw.choice(("17.4", "17.6", "18.1")),
        "device": device or draw.choice(_DEVICES),
        "weekday": _DAYS[language][(weekday - draw.randrange(2)) % 7],
    }
    title = draw.choice(topic.titles.get(language, topic.titles["en"])).format_map(slots)
    bodies = topic.bodies[language]
    core = draw.sample(bodies, min(len(bodies), 1 if who.voice == "terse" else draw.choice((1, 1, 2))))
    more = draw.sample(_MORE[language], draw.choice((0, 1, 1, 2)))
    quoted = (
        draw.choice(topic.errors)
        if topic.errors and draw.random() < (0.7 if who.voice == "technical" else 0.22)
        else ""
    )
    said = [sentence.format_map(slots) for sentence in (*core, *more)]
    body = _voice(draw, who, language, title, said, quoted)
    if draw.random() < 0.16:
        title, body = slip(draw, title, 0.02), slip(draw, body, 0.02)
    return Text(title, body)


def _voice(draw: random.Random, who: Author, language: str, title: str, said: list[str], quoted: str) -> str:
    tail = [quoted] if quoted else []
    if who.voice == "mail":
        signature = [draw.choice(_CLOSINGS[language]), who.name, f"{who.role} · {who.company}"]
        if draw.random() < 0.4:
            signature.append(f"Tel. +49 30 {draw.randrange(100_000, 999_999)}")
        if draw.random() < 0.25:
            signature += ["", "Sent from my phone"]
        return "\n".join(
            [draw.choice(_GREETINGS[language]), "", " ".join(said), *(["", *tail] if tail else []), "", *signature]
        )
    if who.voice == "terse":
        return "\n".join([said[0].lower().rstrip("."), *tail])
    if who.voice == "angry":
        return "\n".join([f"{draw.choice(_ANGER[language])} {' '.join(said)}", *tail])
    if who.voice == "technical":
        steps, expected, actual = _STEPS[language]
        lines = [steps, *(f"{n}. {sentence}" for n, sentence in enumerate(said, 1)), "", expected, f"{actual} {title}"]
        return "\n".join([*lines, *(["", *tail] if tail else [])])
    if who.voice == "chat":
        return "\n".join(
            [draw.choice(("hi", "hey", "hello?", "hi, quick one")), *(s.lower().rstrip(".") for s in said), *tail]
        )
    return "\n\n".join([" ".join(said), *tail])


def slip(draw: random.Random, text: str, share: float) -> str:
    """``text`` with a few slips: two letters swapped, one lost or doubled. Words with digits or slashes stay as they
    are."""

    def hit(found: re.Match[str]) -> str:
        word = found.group()
        if draw.random() > share * len(word):
            return word
        place = draw.randrange(1, len(word) - 2)
        how = draw.randrange(3)
        if how == 0:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return word[:place] + word[place + 1 :] if how == 1 else word[: place + 1] + word[place:]

    return re.sub(r"(?<![\w/.@-])[^\W\d_]{5,}(?![\w/.@-])", hit, text)


REPLIES: Texts = {
    "en": (
        "Thank you for the report, we are looking into it.", "We could reproduce this and have handed it to the team.",
        "Thanks, {name}. Could you tell us the time of the last try?", "Known to us, a fix is on its way.",
        "We have found it in the logs and come back to you today.",
    ),
    "de": (
        "Vielen Dank für die Meldung, wir schauen uns das an.",
        "Wir konnten es nachstellen und haben es weitergegeben.",
        "Danke, {name}. Wann war der letzte Versuch?",
    ),
    "fr": ("Merci pour votre message, nous regardons.", "Bien reçu, nous revenons vers vous aujourd'hui."),
}  # fmt: skip
SOLUTIONS: Texts = {
    "en": (
        "This is fixed now, please try again.",
        "The change went live today. Please tell us if you still see it.",
        "We corrected the data on our side.",
        "Answered with a link to the guide, closing for now.",
    ),
    "de": ("Das ist jetzt behoben, bitte noch einmal versuchen.", "Die Daten sind korrigiert."),
    "fr": ("C'est corrigé, merci de réessayer.",),
}
AGAIN: Texts = {
    "en": ("Sorry, it is back since this morning.", "Still the same for me.", "not fixed, happened again just now"),
    "de": ("Leider tritt es wieder auf.", "Bei mir noch immer dasselbe."),
    "fr": ("Le problème est revenu.",),
}
ANSWERS: Texts = {
    "en": (
        "It was around {time}.",
        "Any news?",
        "Two more customers complained today.",
        "ok, thanks for the quick answer",
    ),
    "de": ("Das war gegen {time}.", "Gibt es etwas Neues?", "Danke für die schnelle Antwort."),
    "fr": ("C'était vers {time}.", "Des nouvelles ?"),
}
