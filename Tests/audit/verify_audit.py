"""Verifies what a hub says of its audit trail, from the RFCs and the README alone.

Usage: verify_audit.py PORT TOKEN CHECKPOINT_FILE

Asks a running hub for its rows, their proofs and its checkpoint, and checks: the bytes of each row
(RFC 8785), its audit path and the consistency with every older checkpoint in the file (RFC 6962
section 2.1), the chain, and each signature (RFC 8032, c2sp.org/signed-note). Prints how much it
has checked; any difference ends it with 1.
"""

import base64
import datetime
import hashlib
import json
import sys
import urllib.request

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PORT, TOKEN, FILE = sys.argv[1:]
ORIGIN = "unified-core/audit"


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf_hash(data):
    return sha256(b"\0", data)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def get(path):
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}{path}", headers={"Authorization": "Bearer " + TOKEN})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def check(condition, what):
    if not condition:
        sys.exit("wrong: " + what)


def root_from_path(index, size, leaf, path):
    """RFC 9162 section 2.1.3.2."""
    check(index < size, "the leaf is beyond the tree")
    place, last, root = index, size - 1, leaf
    for sibling in path:
        check(last > 0, "the path is too long")
        if place & 1 or place == last:
            root = node_hash(sibling, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        place, last = place >> 1, last >> 1
    check(last == 0, "the path is too short")
    return root


def is_consistent(old, size, old_root, root, proof):
    """RFC 9162 section 2.1.4.2."""
    if old == size:
        return old_root == root and not proof
    if old == 0:
        return not proof
    if old & (old - 1) == 0:
        proof = [old_root] + proof
    place, last = old - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = proof[0]
    for sibling in proof[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    return first == old_root and second == root and last == 0


def read_note(note, verifier):
    """The size, root and chain of a signed note, once its signature is checked."""
    name, key_id, key = verifier.split("+", 2)
    key = base64.b64decode(key)
    check(name == ORIGIN and key[0] == 1, "the verifier's key is another kind")
    check(sha256(name.encode() + b"\n" + key)[:4].hex() == key_id, "the key's id is another")
    body, signature = note.split("\n\n")
    mark, signer, text = signature.rstrip("\n").split(" ")
    text = base64.b64decode(text)
    check(mark == "\u2014" and signer == name, "it is signed by another")
    check(text[:4].hex() == key_id, "it is signed with another key")
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(text[4:], (body + "\n").encode())
    origin, size, root, chain, time = body.split("\n")
    check(origin == ORIGIN and chain.startswith("chain ") and time.startswith("time "), "a note")
    return int(size), base64.b64decode(root), base64.b64decode(chain[6:])


def canonical(row):
    time = datetime.datetime.fromisoformat(row["timestamp"].replace("Z", "+00:00"))
    since = time - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    fields = {name: row[name] for name in row if name not in ("number", "timestamp")}
    fields["timestamp"] = since // datetime.timedelta(microseconds=1)
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


rows, cursor = [], ""
while True:
    page = get("/audit?limit=100&sort=number" + cursor)
    rows += page["data"]
    if not page["next_cursor"]:
        break
    cursor = "&cursor=" + page["next_cursor"]
check([row["number"] for row in rows] == list(range(1, len(rows) + 1)), "a number is missing")

last = get("/audit/checkpoint")["checkpoint"]
verifier = last["verifier_key"]
size, root, chain = read_note(last["note"], verifier)
check(size > 0 and size == last["size"], "the checkpoint's size")
leaves = [leaf_hash(canonical(row)) for row in rows[:size]]
link = bytes(32)
links = [link]
for leaf in leaves:
    link = sha256(b"\2", link, leaf)
    links.append(link)
check(link == chain, "the chain ends elsewhere")

proofs = 0
for row, leaf in zip(rows[:size], leaves):
    proof = get(f"/audit/{row['id']}/proof")
    tree_size, tree_root, _ = read_note(proof["checkpoint"]["note"], verifier)
    path = [base64.b64decode(text) for text in proof["audit_path"]]
    check(proof["leaf"].encode() == canonical(row), "the bytes of a row")
    check(base64.b64decode(proof["leaf_hash"]) == leaf, "the hash of a leaf")
    check(base64.b64decode(proof["prev_hash"]) == links[proof["leaf_index"]], "a link")
    check(proof["leaf_index"] == row["number"] - 1, "the place of a leaf")
    check(proof["tree_size"] == tree_size, "the size of a tree")
    check(root_from_path(proof["leaf_index"], tree_size, leaf, path) == tree_root, "a path")
    proofs += 1

outside = open(FILE, encoding="utf-8").read().split("\n\n")
notes = [body + "\n\n" + signature + "\n" for body, signature in zip(outside[::2], outside[1::2])]
consistent = 0
for note in notes:
    old, old_root, old_chain = read_note(note, verifier)
    check(old > len(leaves) or links[old] == old_chain, "the chain of an old checkpoint")
    answer = get(f"/audit/checkpoint?from={old}")
    now, now_root, _ = read_note(answer["checkpoint"]["note"], verifier)
    proof = [base64.b64decode(text) for text in answer["consistency"]]
    check(is_consistent(old, now, old_root, now_root, proof), f"consistency from {old} to {now}")
    consistent += 1
print(f"{proofs} proofs, {consistent} checkpoints, {size} rows")
