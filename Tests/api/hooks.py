"""What the hub adds to schemathesis: streams are asked for as pages of history, and a request that
satisfies its schema may be refused only for what no schema can say."""

import re

import schemathesis

# By the problem's field, then its detail.
BEYOND_SCHEMAS = [
    ("cursor", "next_cursor"), ("access_token|ticket", "only token"), ("after", "another log"),
    ("", "names nothing|There is no"), ("total", "must be the sum of the lines"),
    ("lines", "add up to more than can be kept|in a draft alone"),
    ("lost_reason", "is for a lost opportunity"), ("delivery_date", "once it has ended"),
    ("actions", "is required for this kind of subject"), ("context", "u0000"),
    ("roles|teams", "bytes together"), ("name|teams", "bytes"), ("from", "older checkpoint"),
    ("Idempotency-Key", "new key"), ("email", "hidden from your role"),
]


@schemathesis.hook
def before_call(context, case, kwargs):
    """A stream never ends: its history does."""
    if case.path in ("/events", "/logs"):
        case.headers["Accept"] = "application/json"


@schemathesis.check
def refused_only_beyond_schemas(ctx, response, case):
    """A good request is not refused for what its schema could have said."""
    if response.status_code not in (400, 422) or case.meta is None:
        return
    if not case.meta.generation.mode.is_positive:
        return
    problem = response.json()
    field, detail = problem.get("field") or "", problem["detail"]
    # The body is left out by who has the token in a cookie.
    if case.path == "/auth/refresh" and detail == "The body is empty.":
        return
    for fields, details in BEYOND_SCHEMAS:
        if re.fullmatch(fields or ".*", field) and re.search(details, detail):
            return
    raise AssertionError(f"A good request was refused: {problem['code']}: {detail}")
