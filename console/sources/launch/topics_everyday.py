"""Topics of everyday tickets after a launch: faults, questions and wishes without a part in the planted story."""

from __future__ import annotations

from console.sources.launch.topic import Topic

EVERYDAY = (
    Topic(
        "invoices", "bug", "orders", "APP", "GET /v3/invoices",
        {
            "en": (
                "Invoice shows the old company name", "Wrong address on invoice {order}",
                "Invoice still has our former name",
            ),
            "de": ("Rechnung zeigt alten Firmennamen", "Falsche Anschrift auf der Rechnung"),
            "fr": ("La facture indique l'ancien nom de la société",),
        },
        {
            "en": (
                "We changed the company name in the account settings, invoices still carry the old one.",
                "The billing address on {order} is the one from before the migration.",
                "Our accountant rejects the invoice because the name is not ours any more.",
            ),
            "de": (
                "Im Konto steht der neue Name, auf der Rechnung {order} noch der alte.",
                "Die Buchhaltung nimmt das so nicht an.",
            ),
            "fr": ("Nous avons changé de nom dans le compte, la facture {order} garde l'ancien.",),
        },
        weight=4, parts=("backoffice", "web"),
    ),
    Topic(
        "wish: saved cards", "enhancement", "payments", "SHOP", "",
        {
            "en": ("Let me reorder saved cards", "Please let us choose a default card", "Sort payment methods"),
            "de": ("Gespeicherte Karten sortieren", "Standardkarte festlegen können"),
        },
        {
            "en": (
                "I always use the second card in the list and it would be great to drag it to the top.",
                "It would help if customers could mark one of their saved cards as the default.",
                "Love the new checkout, only missing: reorder my cards.",
            ),
            "de": ("Schön wäre, wenn man eine Karte als Standard festlegen könnte.",),
        },
        weight=3,
    ),
    Topic(
        "double charge", "data", "payments", "PAY", "POST /v3/payments/intents",
        {
            "en": ("Card charged twice for one order", "Double booking of {amount}", "Customer paid two times"),
            "de": ("Karte doppelt belastet", "Betrag von {amount} zweimal abgebucht"),
            "fr": ("Carte débitée deux fois",),
        },
        {
            "en": (
                "The bank statement shows {amount} twice, the shop knows only one payment for {order}.",
                "Customer clicked once, two intents were captured within a second.",
                "Please refund one of the two charges and tell us why it happens.",
            ),
            "de": ("Auf dem Kontoauszug steht {amount} zweimal, im Shop nur eine Zahlung zu {order}.",),
            "fr": ("Le relevé montre deux fois {amount} pour la commande {order}.",),
        },
        weight=2.2, grave=True,
    ),
    Topic(
        "app crash", "crash", "mobile", "APP", "GET /v3/products/{id}",
        {
            "en": (
                "App crashes when opening a product", "Android app closes itself", "crash after update",
                "App stops on start",
            ),
            "de": ("App stürzt beim Öffnen eines Produkts ab", "App schließt sich von selbst"),
            "fr": ("L'application se ferme toute seule",),
        },
        {
            "en": (
                "Since the update the app closes as soon as I open a product with more than ten pictures.",
                "Opens, shows the logo, gone. Reinstalled twice.",
                "Crash on {device} when scrolling the picture gallery.",
            ),
            "de": ("Seit dem Update schließt sich die App auf dem {device}, sobald ich die Bilder durchblättere.",),
            "fr": ("Sur {device}, l'application se ferme dès que j'ouvre la galerie.",),
        },
        weight=5, grave=True, parts=("ios", "android"),
        errors=(
            "java.lang.OutOfMemoryError: Failed to allocate a 48771084 byte allocation", "EXC_BAD_ACCESS (SIGSEGV)",
        ),
    ),
    Topic(
        "webhooks", "integration", "notify", "PAY", "POST /v3/webhooks/deliveries",
        {
            "en": (
                "Webhook payment.captured arrives late", "Webhook signature does not verify",
                "Missing webhooks for refunds",
            ),
            "de": ("Webhooks kommen stark verspätet", "Signatur der Webhooks stimmt nicht"),
        },
        {
            "en": (
                "Deliveries reach us with a delay of {n} minutes, the order of events is not kept.",
                "With v3 the signature header uses another digest than documented, verification fails for every event.",
                "We get payment.captured but never refund.created, for {order} for instance.",
            ),
            "de": ("Die Ereignisse kommen {n} Minuten zu spät an und nicht in der richtigen Reihenfolge.",),
        },
        weight=4.5, grave=True, parts=("sync",), errors=("signature mismatch: expected sha256=9f1c… got sha256=77ab…",),
    ),
    Topic(
        "api keys and docs", "documentation", "platform", "CARE", "",
        {
            "en": (
                "How do I rotate our API key?", "Docs: example for v3 refunds is wrong",
                "Where is the list of error codes?",
            ),
            "de": ("Wie tausche ich den API-Schlüssel aus?", "Doku zu Erstattungen ist veraltet"),
            "fr": ("Comment renouveler la clé d'API ?",),
        },
        {
            "en": (
                "The guide still describes v2. In v3 the field is called differently and the sample answers 422.",
                "We need to rotate the key before the audit, is there an overlap period?",
                "Is there a complete table of the error codes of v3? We only found three of them.",
            ),
            "de": (
                "In der Anleitung steht noch die alte Version, das Beispiel liefert 422.",
                "Gibt es eine Übergangszeit für alte Schlüssel?",
            ),
            "fr": ("Y a-t-il une période de recouvrement pour les anciennes clés ?",),
        },
        weight=6, parts=("sync", "backoffice"),
    ),
    Topic(
        "password reset", "bug", "auth", "ACC", "POST /v3/password/reset",
        {
            "en": ("Password reset mail comes too late", "reset link expired", "No mail after 'forgot password'"),
            "de": ("Link zum Zurücksetzen ist abgelaufen", "Keine Mail nach Passwort vergessen"),
        },
        {
            "en": (
                "The link arrives after {minutes} minutes and is then already expired.",
                "I asked for a new password three times, nothing in the inbox, nothing in spam.",
                "By the time the mail comes the link says it is not valid any more.",
            ),
            "de": ("Die Mail kommt nach {minutes} Minuten, da ist der Link schon ungültig.",),
        },
        weight=5,
    ),
    Topic(
        "postcodes", "bug", "checkout", "SHOP", "PATCH /v3/checkout/sessions/{id}/address",
        {
            "en": (
                "Austrian postcode refused", "Address form rejects valid Swiss postcode", "cannot enter my zip code",
            ),
            "de": ("Postleitzahl wird nicht akzeptiert", "Adresse in der Schweiz nicht möglich"),
            "fr": ("Code postal suisse refusé",),
        },
        {
            "en": (
                "The form wants five digits, Austrian postcodes have four.",
                "My address in {city} is called invalid, it worked in the old shop.",
                "Validation of the postcode ignores the chosen country.",
            ),
            "de": (
                "Das Formular verlangt fünf Stellen, in Österreich sind es vier.",
                "Meine Adresse in {city} gilt als ungültig.",
            ),
            "fr": ("Le formulaire exige cinq chiffres, en Suisse il y en a quatre.",),
        },
        weight=5, error_code="422", errors=('{"error":"invalid_postal_code","field":"address.zip","status":422}',),
    ),
    Topic(
        "search", "bug", "catalog", "SHOP", "GET /v3/search",
        {
            "en": ("Search finds nothing with umlauts", "search results are odd", "No results for 'Müsli'"),
            "de": ("Suche findet keine Umlaute", "Suche nach Schüssel ohne Treffer"),
            "fr": ("La recherche ignore les accents",),
        },
        {
            "en": (
                "Searching for 'schussel' works, with the umlaut nothing is found.",
                "The first hits have nothing to do with what I typed, exact article numbers come last.",
                "Suggestions show the product, the result page says zero hits.",
            ),
            "de": (
                "Mit Umlaut null Treffer, ohne Umlaut alles da.", "Die genaue Artikelnummer steht erst auf Seite drei.",
            ),
            "fr": ("« Théière » ne donne aucun résultat, « theiere » en donne douze.",),
        },
        weight=6, parts=("web", "ios", "android"),
    ),
    Topic(
        "csv export", "data", "orders", "APP", "GET /v3/orders",
        {
            "en": (
                "CSV export has broken characters", "Export cuts off at 1000 rows",
                "Amounts in export have wrong decimal sign",
            ),
            "de": ("CSV-Export mit kaputten Umlauten", "Export endet nach 1000 Zeilen"),
        },
        {
            "en": (
                "Names with accents turn into question marks when the file is opened in a spreadsheet.",
                "We have {n}00 orders a day but the export stops at row 1000 without a word.",
                "Decimal point instead of comma, our bookkeeping imports {amount} as a hundred times as much.",
            ),
            "de": ("Umlaute werden zu Fragezeichen, früher ging es.", "Nach Zeile 1000 ist Schluss, ohne Hinweis."),
        },
        weight=4.5, parts=("backoffice",),
    ),
    Topic(
        "delivery date", "bug", "orders", "SHOP", "GET /v3/shipments/{id}",
        {
            "en": (
                "Delivery date is one day off", "Wrong delivery day shown", "Tracking says tomorrow, parcel came today",
            ),
            "de": ("Liefertermin einen Tag daneben", "Falscher Liefertag in der Sendungsverfolgung"),
            "fr": ("Date de livraison décalée d'un jour",),
        },
        {
            "en": (
                "The order page shows a delivery day that is one day before the one in the mail.",
                "Looks like a time zone thing: orders after 11 pm get the wrong day.",
            ),
            "de": ("In der Mail steht ein anderer Liefertag als im Konto, bei {order} zum Beispiel.",),
            "fr": ("La page indique un jour de moins que l'e-mail pour {order}.",),
        },
        weight=4,
    ),
    Topic(
        "wish: dark mode", "enhancement", "frontend", "SHOP", "",
        {
            "en": ("Dark mode please", "Please add a dark theme"), "de": ("Dunkles Design gewünscht",),
            "fr": ("Un mode sombre ?",),
        },
        {
            "en": (
                "Working at night with the white back office hurts. A dark theme would be lovely.",
                "would be nice to have",
            ),
            "de": ("Ein dunkles Design wäre abends angenehm.",),
            "fr": ("Un thème sombre serait agréable le soir.",),
        },
        weight=2, parts=("web", "backoffice"),
    ),
    Topic(
        "invoice pdf", "bug", "orders", "APP", "GET /v3/invoices/{id}/pdf",
        {
            "en": ("Invoice PDF is empty in Firefox", "Blank PDF", "PDF download fails"),
            "de": ("Rechnung als PDF bleibt leer", "PDF lässt sich nicht öffnen"),
        },
        {
            "en": (
                "Firefox opens the invoice as an empty page, after saving the file it is fine.",
                "Download starts and stops at 0 bytes for invoices older than a month.",
            ),
            "de": ("In Firefox ist die Seite leer, gespeichert und neu geöffnet geht es.",),
        },
        weight=3.5, browser="Firefox", parts=("web", "backoffice"),
    ),
    Topic(
        "filters", "usability", "frontend", "SHOP", "GET /v3/products",
        {
            "en": ("Filter is lost when going back", "Back button resets my filters", "Where did the size filter go?"),
            "de": ("Filter springt beim Zurückgehen zurück", "Größenfilter nicht auffindbar"),
        },
        {
            "en": (
                "I set brand and size, open a product, go back: all filters gone. Every single time.",
                "The old shop had the filter on the left, it took me ages to find it behind the icon.",
            ),
            "de": ("Nach dem Zurückgehen ist alles wieder ungefiltert, sehr lästig.",),
        },
        weight=5, parts=("web", "ios", "android"),
    ),
    Topic(
        "wallet buttons", "interface", "payments", "PAY", "GET /v3/payment-methods",
        {
            "en": (
                "Apple Pay button missing", "wallet payment not offered on my phone",
                "Pay button hidden behind keyboard",
            ),
            "de": ("Apple Pay wird nicht angezeigt", "Bezahlknopf liegt hinter der Tastatur"),
        },
        {
            "en": (
                "On {device} the wallet button does not show up, on the computer it does.",
                "The button to pay is covered by the keyboard and the page cannot be scrolled.",
            ),
            "de": ("Auf dem {device} fehlt der Knopf, am Rechner ist er da.",),
        },
        weight=4, parts=("ios", "web"),
    ),
    Topic(
        "getting started", "question", "support", "CARE", "",
        {
            "en": (
                "How do I invite a colleague?", "Where do I find last month's payouts?", "Question about roles",
                "How to issue a partial refund",
            ),
            "de": ("Wie lade ich eine Kollegin ein?", "Wo finde ich die Auszahlungen?", "Frage zu Rollen und Rechten"),
            "fr": ("Comment inviter un collègue ?", "Où trouver les virements ?"),
        },
        {
            "en": (
                "Everything moved in the new back office and I cannot find it any more. Can you point me to it?",
                "Is this possible in the new version? In the old one it was under Settings.",
                "We would also be glad about a short training for the two new people in the team.",
            ),
            "de": (
                "Im neuen Backoffice ist alles woanders, können Sie mir kurz helfen?",
                "Früher stand das unter Einstellungen.",
            ),
            "fr": ("Tout a changé de place dans la nouvelle interface, pouvez-vous m'aider ?",),
        },
        weight=9, parts=("backoffice", "web"),
    ),
    Topic(
        "rate limits", "question", "platform", "CARE", "GET /v3/search",
        {
            "en": (
                "We get 429 in the nightly sync", "What is the rate limit of v3?", "Too many requests during import",
            ),
            "de": ("429 beim nächtlichen Abgleich", "Wie hoch ist das Anfragelimit?"),
        },
        {
            "en": (
                "Our job makes about {n}0 calls a second and is throttled since the switch to v3.",
                "Could the limit be raised for the initial import? There is no Retry-After in the answer either.",
            ),
            "de": ("Unser Abgleich läuft nachts in 429, in v2 war das kein Problem.",),
        },
        weight=3.5, parts=("sync",), error_code="429", errors=("HTTP 429 Too Many Requests",),
    ),
    Topic(
        "translations", "interface", "frontend", "SHOP", "",
        {
            "en": ("German text in English checkout", "Typo on the payment page", "Mixed languages"),
            "de": ("Übersetzungsfehler an der Kasse", "Englischer Text auf deutscher Seite"),
            "fr": ("Textes non traduits dans le panier",),
        },
        {
            "en": (
                "The button says 'Weiter zur Kasse' although my language is English.",
                "It says 'adress' on the second step.",
            ),
            "de": (
                "Auf der Zahlungsseite steht 'Proceed to review', alles andere ist deutsch.",
                "Da steht 'Lieferaddresse' mit zwei d.",
            ),
            "fr": ("Le bouton du panier reste en allemand.",),
        },
        weight=4,
    ),
    Topic(
        "stock", "data", "catalog", "SHOP", "GET /v3/stock/{sku}",
        {
            "en": ("Sold article still shown as available", "Stock numbers do not match", "oversold again"),
            "de": ("Ausverkaufter Artikel noch bestellbar", "Lagerbestand stimmt nicht"),
        },
        {
            "en": (
                "We sold {n} pieces more than we have, the shop still says in stock.",
                "Stock from our system reaches the shop with a delay of {minutes} minutes.",
            ),
            "de": ("Der Artikel ist seit gestern weg, im Shop aber weiter bestellbar.",),
        },
        weight=4.5, grave=True, parts=("sync", "backoffice"),
    ),
    Topic(
        "account security", "security", "auth", "ACC", "POST /v3/login",
        {
            "en": (
                "Someone tried to log in to our account", "Session stays open after logout",
                "Saw another customer's address",
            ),
            "de": ("Fremde Anmeldeversuche in unserem Konto", "Abmelden beendet die Sitzung nicht"),
        },
        {
            "en": (
                "We got {n} mails about sign-in attempts from a place where nobody of us is.",
                "After logging out the back button shows the account page with all data.",
                "For a moment I saw a delivery address that is not mine, after reload it was gone.",
            ),
            "de": ("Nach dem Abmelden zeigt der Zurück-Knopf noch alle Daten an.",),
        },
        weight=1.6, grave=True,
    ),
    Topic(
        "praise and moods", "question", "support", "CARE", "",
        {
            "en": (
                "Great update!", "new checkout is much faster", "I liked the old version better",
                "Why change everything?",
            ),
            "de": ("Tolles Update", "Die alte Version war besser"),
            "fr": ("Bravo pour la nouvelle version",),
        },
        {
            "en": (
                "Just wanted to say the new checkout is so much quicker. Thank you!",
                "Took me three clicks before, now seven. Please bring the old one back.",
                "nice work",
            ),
            "de": ("Geht viel schneller als vorher, danke!", "Wozu dieser Umbau? Vorher fand ich alles."),
            "fr": ("Plus rapide et plus clair, merci !",),
        },
        weight=3, parts=("web", "ios", "android"),
    ),
    Topic(
        "vat and rounding", "data", "cart", "PAY", "GET /v3/prices",
        {
            "en": ("VAT differs by one cent", "Total is {amount} but the sum says otherwise", "Rounding in the cart"),
            "de": ("Mehrwertsteuer um einen Cent falsch", "Summe im Warenkorb stimmt nicht"),
        },
        {
            "en": (
                "With three items at a discount the total is one cent more than the lines add up to.",
                "Net prices of business customers are rounded per line, the invoice rounds the sum.",
            ),
            "de": ("Bei drei Artikeln mit Rabatt ist die Summe einen Cent zu hoch.",),
        },
        weight=3.5, parts=("web", "backoffice"),
    ),
)  # fmt: skip
