#!/usr/bin/env bash
# Prints the bearer token of the benchmarks: HS256 under the secret of start.sh, valid until 2100.
# peer.json holds it; run this again when the secret changes.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
secret=$(sed -n 's/^export HUB_JWT_SECRET=//p' "$here/start.sh")
base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
claims=$(printf '{"sub":"bench","role":"service","iat":1767225600,"exp":4102444800}' | base64url)
signature=$(printf '%s.%s' "$head" "$claims" | openssl dgst -sha256 -hmac "$secret" -binary | base64url)
echo "$head.$claims.$signature"
