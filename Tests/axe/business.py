"""A small business in a hub: several walks through the pipeline, each a few steps further than the
one before, so that every list of the dashboard has rows in several states."""

import json
import urllib.error
import urllib.request

LEADS = [
    ("Asha Rao", "Rao Textiles", "web"), ("Björn Åkesson", "Nordic Freight AB", "referral"),
    ("Chen Wei", "", "fair"), ("Dalia Haddad", "Haddad & Sons Trading, Import and Export", "web"),
    ("Emeka Obi", "Obi Logistics", "phone"), ("Farah Khan", "", ""),
    ("Maximiliane Freifrau von Oberhausen-Wolfenbüttel", "VOW Handels GmbH & Co. KG", "web"),
]


class Business:
    """Makes records through the hub's API."""

    def __init__(self, hub, token):
        self._hub = hub.rstrip("/")
        self._token = token
        self._walk = 0

    def post(self, path, **body):
        """Posts and gives back the representation."""
        request = urllib.request.Request(
            self._hub + path, json.dumps(body).encode(), {
                "Content-Type": "application/json", "Authorization": "Bearer " + self._token,
                "traceparent": f"00-{self._walk + 1:032x}-{1:016x}-01"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"POST {path}: {error.code} {error.read().decode()}") from None

    def fill(self):
        """All walks."""
        for number, (name, company, source) in enumerate(LEADS):
            self._walk = number
            given = {"company": company, "source": source, "owner": "asha"}
            lead = self.post(
                "/crm/leads", name=name, email=f"lead{number}@example.test",
                **{key: value for key, value in given.items() if value})
            if number > 0:
                self._sell(number, lead["id"])
        event = {"task_id": "t-1", "user_id": "u-1", "event_type": "sla_warning",
                 "payload": {"level": "high", "minutes_left": 30}}
        self.post("/event/unified", consent_flag=True, **event)
        self.post("/event/unified", consent_flag=True, **{**event, "event_type": "page_viewed"})

    def _sell(self, number, lead):
        opportunity = self.post(
            "/crm/opportunities", lead_id=lead, name="Annual plan", value=f"{number * 12500}.00",
            currency="INR")
        if number < 2:
            return
        lines = [{"sku": f"A-{line}", "quantity": line, "unit_price": "6250.00"}
                 for line in range(1, number + 1)]
        order = self.post(
            "/logistics/orders", opp_id=opportunity["id"], currency="INR", lines=lines)
        decision = self.post(
            "/bhiv/agent/decide", subject=f"orders/{order['id']}",
            context={"region": "west" if number % 2 else "north"},
            actions=["standard", "express", "hold"])
        if number < 4:
            return
        self.post("/logistics/delivery", order_id=order["id"], delivery_date="2030-12-01",
                  carrier="Blue Dart")
        self.post("/task/feedback", subject=f"decisions/{decision['id']}",
                  rating=number - 2, reward=round(0.2 * number - 0.6, 1),
                  comment="Came early, all of it")
