#!/bin/sh
# Confirms a certificate without eraser: what is inside, its digest, its signature, and what the page and its QR code say of them.
#
#     sh check.sh CERTIFICATE.pdf [FINGERPRINT]
#
# FINGERPRINT: SHA-256 of the issuer's key, as the issuer told you another way. Needs poppler-utils, b3sum, openssl, jq and zbar-tools.
# Exits 0 only if all of it agrees. It can't compare the whole page with the record (eraser audit does): read both.
set -eu
[ $# -ge 1 ] || { echo "usage: sh check.sh CERTIFICATE.pdf [FINGERPRINT]" >&2; exit 2; }
pdf=$(realpath "$1")
fingerprint=$(printf %s "${2:-}" | tr 'A-F' 'a-f' | tr -cd '0-9a-f')
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

say() { printf '%-12s %s\n' "$1" "$2"; }
fail() { say "$1" "FAILED: $2" >&2; exit 6; }

pdfdetach -saveall "$pdf" > detached 2>&1 || fail attachments "pdfdetach can't read them"
for name in certificate inspection check; do [ ! -f "$name.json" ] || kind=$name; done
[ -n "${kind:-}" ] && [ -f "$kind.sig" ] && [ -f station.pem ] || fail attachments "record, signature or key is missing"
say attachments "$(ls | grep -v detached | tr '\n' ' ')"

digest=$(b3sum --no-names "$kind.json")
number=$(jq -r .number "$kind.json")
outcome=$(jq -r .outcome "$kind.json")
say record "$number, $outcome"
say digest "$digest"

openssl pkeyutl -verify -pubin -inkey station.pem -rawin -in "$kind.json" -sigfile "$kind.sig" > verified 2>&1 ||
    fail signature "it is not the attached key's"
say signature "the attached key's"

key=$(openssl pkey -pubin -in station.pem -outform DER | tail -c 32 | sha256sum | cut -d ' ' -f 1)
[ "$(jq -r .station.key_id "$kind.json")" = "$key" ] || fail key "the record names another key"
[ -z "$fingerprint" ] || [ "$fingerprint" = "$key" ] || fail key "it is $key, not the issuer's"
say key "$key$([ -n "$fingerprint" ] && echo ', the issuer'"'"'s' || echo ': compare it with what the issuer told you')"

pages=$(pdfinfo "$pdf" | sed -n 's/^Pages: *//p')
for page in $(seq "$pages"); do
    pdftotext -f "$page" -l "$page" -layout "$pdf" - | tr -cd '0-9a-zA-Z' > text
    grep -q "$digest" text || fail page "page $page of $pages does not show the digest"
done
say page "the digest stands on all $pages"

pdftoppm -r 200 -gray -f 1 -l 1 -singlefile -png "$pdf" page
code=$(zbarimg -q --raw -Sdisable -Sqrcode.enable page.png 2>/dev/null) || fail "QR code" "none can be read"
[ "$code" = "eraser:1:$number:$digest:$outcome" ] || fail "QR code" "it says $code"
say "QR code" "number, digest and outcome of the record"
