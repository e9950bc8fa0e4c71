"""Topics of the planted story, in the words of those who were hit by it."""

from __future__ import annotations

from console.sources.launch.topic import Topic

PAYMENT = Topic(
    "address change at checkout", "bug", "payments", "PAY", "POST /v3/payments/confirm",
    {
        "en": (
            "Payment fails with 502 after address change", "502 when paying after editing the delivery address",
            "Blank page after card payment", "cant pay after changing address", "Bad gateway on payment confirmation",
            "Checkout breaks if customer corrects the address", "Payments failing since about {minutes} minutes",
            "Card is accepted then error 502", "Order not confirmed after I changed my address", "payment error 502!!!",
            "Confirm payment returns 502 for some carts", "White screen after 'Pay now'",
        ),
        "de": (
            "Zahlung bricht mit 502 ab nach Adressänderung", "Weiße Seite nach dem Bezahlen",
            "Bezahlen geht nicht mehr wenn man die Lieferadresse ändert", "Fehler 502 beim Abschluss der Bestellung",
        ),
        "fr": ("Erreur 502 au paiement après changement d'adresse", "Page blanche après le paiement par carte"),
    },
    {
        "en": (
            "Card accepted, then a blank page. Happens every time once I edit the delivery address.",
            "Our customers report that the payment dies with a bad gateway as soon as they touch the address.",
            "I corrected my street number in the last step, pressed Pay now and got a 502. The basket is still there.",
            "Paying works when I leave the address alone. Change it and it fails, tried with two different cards.",
            "Three customers called within {n} minutes: all edited the delivery address, all ended on an empty page.",
            "After changing the shipping address payment confirm answers 502, order {order} stays 'pending'.",
            "Was my card charged now or not? The page went white after I changed the address and clicked pay.",
            "We see failing confirmations in our monitoring, all in sessions with an address patched before.",
        ),
        "de": (
            "Sobald der Kunde die Lieferadresse korrigiert, kommt beim Bezahlen nur noch eine leere Seite mit 502.",
            "Hausnummer geändert, auf Jetzt bezahlen geklickt, danach weiße Seite. Wurde die Karte belastet?",
            "Ohne Adressänderung läuft die Zahlung durch, mit Änderung Bad Gateway. Bestellung {order}.",
        ),
        "fr": (
            "Après modification de l'adresse, le paiement échoue avec une erreur 502, carte pourtant acceptée.",
            "Impossible de payer si on corrige l'adresse : page blanche, commande {order} toujours en attente.",
        ),
    },
    grave=True, parts=("web", "ios", "android"), error_code="502",
    errors=(
        "HTTP/1.1 502 Bad Gateway\nserver: APISIX/3.18.0\nPOST /v3/payments/confirm",
        '{"error":"upstream_failure","status":502,"path":"/v3/payments/confirm"}',
        "Request failed with status code 502",
    ),
)  # fmt: skip

VOUCHER = Topic(
    "vouchers", "bug", "cart", "PAY", "POST /v3/vouchers/redeem",
    {
        "en": (
            "Voucher not applied on second attempt", "Voucher {voucher} says already used",
            "discount code only works once per basket",
            "Coupon rejected after going back to the cart", "Voucher gone after editing the cart",
            "code {voucher} does not work",
            "Gift voucher refused on second try",
        ),
        "de": (
            "Gutschein wird beim zweiten Versuch nicht angenommen", "Gutscheincode angeblich schon eingelöst",
            "Rabattcode {voucher} verschwindet aus dem Warenkorb",
        ),
        "fr": ("Bon d'achat refusé au deuxième essai", "Le code promo {voucher} n'est plus accepté"),
    },
    {
        "en": (
            "First attempt was fine, then I changed the quantity and now the voucher {voucher} is 'already redeemed'.",
            "If the customer removes the voucher and enters it again, the shop refuses it with a conflict.",
            "I had to close the payment page once. Since then my discount code is refused, without any order.",
            "Redeem answers 409 on the second call for the same session. Before 3.0.1 it was idempotent.",
            "Customers lose their discount when they go one step back. We now give it by hand as a credit of {amount}.",
        ),
        "de": (
            "Beim ersten Mal klappt es, nach Ändern der Menge heißt es, der Gutschein {voucher} sei schon eingelöst.",
            "Kunden gehen einen Schritt zurück und verlieren ihren Rabatt, wir schreiben {amount} von Hand gut.",
        ),
        "fr": (
            "Le premier essai passe, mais après modification du panier le code {voucher} est « déjà utilisé ».",
            "Nos clients perdent leur remise quand ils reviennent au panier.",
        ),
    },
    grave=True, parts=("web", "ios", "android"), error_code="409",
    errors=('{"error":"voucher_already_redeemed","status":409}', "409 Conflict"),
)  # fmt: skip

LOGIN_LOOP = Topic(
    "login and SSO", "bug", "auth", "ACC", "POST /v3/login/sso",
    {
        "en": (
            "Login loop with SSO in Safari", "SSO sends me back to the login page again and again",
            "cannot log in on my mac",
            "Endless redirect after single sign-on", "Safari: sign in with company account never finishes",
            "Stuck in login loop on iPad",
        ),
        "de": ("Anmeldeschleife mit SSO in Safari", "Login am Mac nicht möglich, springt immer zurück"),
        "fr": ("Boucle de connexion SSO sous Safari",),
    },
    {
        "en": (
            "After the company login I land on the sign-in page again, round and round. Chrome here is fine.",
            "Colleagues on Macs cannot get in, Windows users have no problem. We use SSO with our own provider.",
            "Safari {safari}: the redirect comes back, the cookie seems to be missing, login page again.",
            "I tried a private window and cleared all website data. Same loop on the iPad.",
        ),
        "de": (
            "Nach der Firmenanmeldung lande ich wieder beim Login. Mit Chrome geht es, mit Safari {safari} nicht.",
            "Alle Kolleginnen mit Mac kommen nicht rein, unter Windows kein Problem.",
        ),
        "fr": ("Avec Safari {safari} je reviens toujours à la page de connexion, avec Firefox ça marche.",),
    },
    grave=True, browser="Safari",
    errors=("Too many redirects occurred trying to open the page", "login_required (state mismatch)"),
)  # fmt: skip

SLOW = Topic(
    "slow pages", "performance", "orders", "APP", "GET /v3/orders",
    {
        "en": (
            "Order list loads slowly since this morning", "order overview takes ages",
            "My orders: spinner for {n} seconds",
            "Back office order page unusable slow", "slow loading of orders", "Orders page times out sometimes",
        ),
        "de": ("Bestellübersicht lädt sehr langsam", "Auftragsliste braucht {n} Sekunden"),
        "fr": ("La liste des commandes est très lente",),
    },
    {
        "en": (
            "Opening the order list takes {n} seconds, yesterday it was instant. Single orders open quickly.",
            "Our service desk cannot look up orders while customers are on the phone, the list just spins.",
            "The first page of orders is slow, filtering by date makes it even slower.",
            "page unresponsive when I click on my orders, comes after a while",
        ),
        "de": (
            "Die Liste der Aufträge braucht {n} Sekunden und mehr, einzelne Aufträge sind schnell.",
            "Seit heute früh dreht sich der Kreis, am Telefon wartet der Kunde.",
        ),
        "fr": ("L'affichage des commandes prend {n} secondes depuis ce matin.",),
    },
    parts=("web", "backoffice"),
)  # fmt: skip

MAIL_TWICE = Topic(
    "notifications", "bug", "notify", "APP", "",
    {
        "en": (
            "E-mail confirmation arrives twice", "Customers get two order confirmations",
            "double confirmation mail for {order}",
            "Confirmation sent two times", "two identical e-mails per order",
        ),
        "de": ("Bestellbestätigung kommt doppelt", "Zwei E-Mails für eine Bestellung"),
        "fr": ("Confirmation de commande reçue deux fois",),
    },
    {
        "en": (
            "Every order confirmation reaches the customer twice, a few seconds apart. Only one order exists.",
            "Customers think they ordered twice because two mails come for {order}.",
            "I got the same confirmation two times and now I am worried that {amount} is taken twice.",
        ),
        "de": (
            "Zu jeder Bestellung kommen zwei gleiche Bestätigungen, im System steht nur eine Bestellung.",
            "Kunde fragt, ob er {order} zweimal bezahlt hat, weil zwei Mails kamen.",
        ),
        "fr": ("Nos clients reçoivent deux fois le même e-mail pour {order}, il n'y a qu'une commande.",),
    },
    parts=("web", "backoffice"),
)  # fmt: skip

INCIDENT = Topic(
    "checkout outage", "bug", "checkout", "PAY", "POST /v3/checkout/sessions",
    {
        "en": (
            "Checkout down?", "503 in checkout", "Customers cannot place orders right now",
            "Service unavailable when opening checkout",
            "shop is down!!", "Cart and checkout answer 503", "Nobody can buy anything", "Outage of payment API?",
        ),
        "de": ("Kasse nicht erreichbar", "503 im Checkout seit {minutes} Minuten", "Shop geht nicht"),
        "fr": ("Le paiement est indisponible (503)", "Impossible de commander"),
    },
    {
        "en": (
            "Since a few minutes every second checkout ends in service unavailable. Please look at once.",
            "Cart, checkout and payment calls answer 503 from time to time, retry sometimes helps.",
            "We are losing orders. Our dashboard shows errors on all checkout calls since {time}.",
            "I tried four times to pay, always 'try again later'.",
        ),
        "de": (
            "Seit {time} kommt im Warenkorb und an der Kasse ständig 503, wir verlieren gerade Bestellungen.",
            "Etwa jeder zweite Versuch schlägt fehl, bitte dringend prüfen.",
        ),
        "fr": ("Depuis {time} une requête sur deux échoue avec 503, nous perdons des commandes.",),
    },
    grave=True, parts=("web", "ios", "android", "sync"), error_code="503",
    errors=(
        "503 Service Temporarily Unavailable", '{"error":"no_connection_available","pool":"checkout","status":503}',
    ),
)  # fmt: skip

PLANTED = (PAYMENT, VOUCHER, LOGIN_LOOP, SLOW, MAIL_TWICE, INCIDENT)
