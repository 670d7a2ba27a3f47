#!/bin/sh
# Confirms a certificate without eraser: what is inside, its digest, its signature, and what the page and its QR code say of them.
#
#     sh check.sh CERTIFICATE.pdf [FINGERPRINT]
#
# FINGERPRINT: SHA-256 of the issuer's key, all 64 digits, as the issuer told you another way.
# Needs poppler-utils, b3sum, openssl, jq and zbar-tools.
# Exits 0 only if all of it agrees. It can't compare the whole page with the record (eraser audit does), and anybody can make another page
# around the same attachments, digest and QR code: what counts is the record, not the page.
#
# The file may be made by somebody who means harm. So nothing of it becomes a path, an option, a pattern, a format or a command, nothing
# of it reaches your terminal but letters and digits, and no tool may take more than a minute, 64 MiB of disk or 4 GiB of memory.
set -eu
umask 077
LC_ALL=C
export LC_ALL

say() { printf '%-12s %s\n' "$1" "$2"; }
fail() {
    say "$1" "FAILED: $2" >&2
    exit 6
}
wrong() {
    printf '%s\n' "$1" "usage: sh check.sh CERTIFICATE.pdf [FINGERPRINT]" >&2
    exit 2
}
# shellcheck disable=SC3045 # not in POSIX, but in dash and bash
bounded() { (
    ulimit -t 60
    ulimit -f 65536
    ulimit -v 4194304 2>/dev/null || :
    exec "$@" 2>errors
); }
size() { wc -c <"$1" | tr -d ' '; }
clean() { tr -cd ' -~' <"$1" | cut -c 1-80; }

[ $# -ge 1 ] || wrong "no certificate was named"
[ -f "$1" ] || wrong "the certificate is no file"
for tool in pdfdetach pdfinfo pdftotext pdftoppm b3sum openssl jq zbarimg; do
    command -v "$tool" >/dev/null || {
        printf '%s\n' "$tool is missing: install poppler-utils, b3sum, openssl, jq and zbar-tools" >&2
        exit 1
    }
done
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
# One reading, whatever the file is called; all that follows is about these bytes.
head -c 33554433 <"$1" >"$place/pdf"
shift
cd "$place"

fingerprint=
if [ $# -gt 0 ]; then
    fingerprint=$(printf %s "$*" | tr 'A-F' 'a-f' | tr -d ' :\t\n-')
    printf %s "$fingerprint" | grep -qxE '[0-9a-f]{64}' || wrong "a fingerprint has 64 digits (0 to 9, a to f): give all of them"
fi
[ "$(size pdf)" -le 33554432 ] || fail file "it is larger than 32 MiB"

bounded pdfdetach -list pdf >list || fail attachments "pdfdetach can't read them"
count=$(sed -n '1s/^\([0-9]\{1,6\}\) embedded files$/\1/p' list)
{ [ -n "$count" ] && [ "$count" -le 64 ]; } || fail attachments "there are none, or more than 64"
tail -n +2 list >names
known='(certificate|inspection|check)\.(json|sig)|station\.pem|endorsement\.json|logo\.jpg|photo-[1-9][0-9]?\.jpg'
grep -vxE " *[0-9]{1,6}: ($known)" names >strange || :
[ ! -s strange ] || fail attachments "no certificate has this one: $(clean strange)"
sed 's/^ *[0-9]*: //' names | sort >sorted
{ [ "$(wc -l <names)" -eq "$count" ] && [ -z "$(uniq -d sorted)" ]; } || fail attachments "a name stands there twice, or in two lines"

kind=
for each in certificate inspection check; do
    if grep -qxF "$each.json" sorted; then
        [ -z "$kind" ] || fail attachments "it has two records"
        kind=$each
    fi
done
[ -n "$kind" ] || fail attachments "the record is missing"
for name in "$kind.json" "$kind.sig" station.pem; do
    number=$(sed -n "s/^ *\([0-9]\{1,6\}\): $name\$/\1/p" names)
    [ -n "$number" ] || fail attachments "record, signature or key is missing"
    { bounded pdfdetach -save "$number" -o "$name" pdf >/dev/null && [ -f "$name" ]; } ||
        fail attachments "$name can't be unpacked, or to more than 32 MiB"
done
say attachments "$(tr '\n' ' ' <sorted)"

# One value, one spelling (RFC 8785): no field twice, nothing behind, no number that isn't one.
{ bounded jq -cjsS 'if length == 1 then .[0] else error("not one value") end' "$kind.json" >canonical && cmp -s canonical "$kind.json"; } || fail record "it is not spelt as RFC 8785 has it"
# The text of a field, if all of it is of this form.
field() {
    bounded jq -er --arg form "\\A(?:$2)\\z" "$1 | strings | select(test(\$form))" "$kind.json" || fail record "it has no $1 as a record has it"
}
digest=$(b3sum --no-names "$kind.json")
number=$(field .number '[0-9A-Za-z][0-9A-Za-z._-]{0,63}')
outcome=$(field .outcome '[a-z-]{1,40}')
stated=$(field .station.key_id '[0-9a-f]{64}')
say record "$number, $outcome"
say digest "$digest"

# The key is an Ed25519 key and nothing else, spelt in the one way, and none of the points for which anybody can sign (docs/keys.md).
{ bounded openssl pkey -pubin -in station.pem >again && cmp -s again station.pem; } || fail key "station.pem is not one public key"
bounded openssl pkey -pubin -in station.pem -outform DER >der || fail key "station.pem can't be read"
hex=$(od -An -v -tx1 der | tr -d ' \n')
printf %s "$hex" | grep -qxE '302a300506032b6570032100[0-9a-f]{64}' || fail key "it is not an Ed25519 key"
weak='0[01]0{60}[08]0|(e[c-f]|f[0-9a-f])f{60}[7f]f|26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc[08]5'
weak="$weak|c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03[7f]a"
! printf %s "$hex" | grep -qxE "302a300506032b6570032100($weak)" || fail key "it is a point for which anybody can sign"
{
    [ "$(size "$kind.sig")" -eq 64 ] &&
        bounded openssl pkeyutl -verify -pubin -inkey station.pem -rawin -in "$kind.json" -sigfile "$kind.sig" >verified
} || fail signature "it is not the attached key's"
say signature "the attached key's"

key=$(tail -c 32 der | sha256sum | cut -c 1-64)
[ "$stated" = "$key" ] || fail key "the record names another key"
if [ -n "$fingerprint" ]; then
    [ "$fingerprint" = "$key" ] || fail key "it is $key, not the issuer's"
    say key "$key, the issuer's"
else
    say key "$key: compare it with what the issuer told you"
fi

bounded pdfinfo pdf >info || fail page "pdfinfo can't read it"
pages=$(sed -n 's/^Pages: *\([0-9]\{1,4\}\)$/\1/p' info)
{ [ "$(grep -c '^Pages:' info)" -eq 1 ] && [ -n "$pages" ] && [ "$pages" -ge 1 ]; } || fail page "it does not say how many pages there are"
bounded pdftotext -layout pdf text || fail page "pdftotext can't read it"
# One line a page. A page that brings page ends along would have more.
tr -d '\n' <text | tr '\f' '\n' | tr -cd '0-9a-zA-Z\n' >lines
[ "$(wc -l <lines)" -eq "$pages" ] || fail page "its pages can't be told apart"
showing=$(grep -cF "$digest" lines || :)
[ "$showing" -eq "$pages" ] || fail page "the digest stands on $showing of $pages"
say page "the digest stands on all $pages"

{ bounded pdftoppm -scale-to 2339 -gray -f 1 -l 1 -singlefile -png pdf page && [ -f page.png ]; } || fail "QR code" "the page can't be drawn"
bounded zbarimg -q --raw -Sdisable -Sqrcode.enable page.png >code || fail "QR code" "none can be read"
printf '%s\n' "eraser:1:$number:$digest:$outcome" >expected
cmp -s expected code || fail "QR code" "it says $(clean code)"
say "QR code" "number, digest and outcome of the record"
say "NOT compared" "the rest of the page: it has to say what the record says (eraser audit compares all of it)"
