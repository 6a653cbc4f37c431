#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From an enrollment ticket to a message on the one public port, with curl, openssl and mosquitto's clients alone: what
# an instrument without our SDK can do.
#
# Usage: est_with_openssl.sh TICKET_FILE NEW_DIRECTORY OTHER_DEVICE
# OTHER_DEVICE is the id of a device that this one must not be able to speak for.
set -euo pipefail

ticket_file=$(realpath "$1") directory=$2 other=$3
est=/.well-known/est

step() { printf '* %s\n' "$*"; }
die() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

umask 077
mkdir -p "$directory"
cd "$directory"

step 'the ticket says where the platform is, how to recognize it, and a secret (docs/formats/ticket.md)'
letters=$(tr -d ' \r\n-' <"$ticket_file" | tr '[:lower:]' '[:upper:]')
letters=${letters#WG1:}
while (( ${#letters} % 8 )); do letters+='='; done
hex=$(base32 -d <<<"$letters" | od -An -v -tx1 | tr -d ' \n')
n=$(( 16#${hex:0:2} ))
host=$(for (( i = 2; i < 2 + 2 * n; i += 2 )); do printf '%b' "\\x${hex:i:2}"; done)
port=$(( 16#${hex:$((2 + 2 * n)):4} ))
secret=${hex:$((6 + 2 * n)):32}
pin=${hex:$((38 + 2 * n)):64}
url=https://$host:$port

step 'first contact: of what the server sends, the root with the pinned key, and nothing else, is trusted from now on'
openssl s_client -connect "$host:$port" -servername "$host" -showcerts </dev/null 2>/dev/null |
    awk '/BEGIN CERTIFICATE/ { name = "sent-" ++count ".pem"; inside = 1 }
         inside { print > name }
         /END CERTIFICATE/ { inside = 0 }'
for sent in sent-*.pem; do
    key=$(openssl x509 -in "$sent" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -r)
    if [ "${key%% *}" = "$pin" ]; then cp "$sent" root.pem; fi
done
[ -f root.pem ] || die 'the server did not send the root that the ticket names'
curl=(curl --silent --show-error --cacert root.pem)

step 'cacerts: the root, and the authority that issues'
"${curl[@]}" --fail "$url$est/cacerts" | openssl base64 -d -A | openssl pkcs7 -inform DER -print_certs -out authorities.pem
[ "$(grep -c 'BEGIN CERTIFICATE' authorities.pem)" = 2 ] || die 'cacerts did not give two authorities'

step 'csrattrs: what to put into a request'
"${curl[@]}" --fail "$url$est/csrattrs" | openssl base64 -d -A | openssl asn1parse -inform DER | grep prime256v1 >/dev/null

# request NAME: a new key and a request over it, as EST sends it. The subject does not matter: only the key is taken.
request() {
    openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"
    openssl req -new -key "$1.key" -subj /CN=whatever -outform DER | openssl base64 -A >"$1.p10"
}
# take NAME: the certificate in NAME.p7, which must be over NAME's key.
take() {
    openssl base64 -d -A -in "$1.p7" | openssl pkcs7 -inform DER -print_certs -out "$1.crt"
    openssl verify -CAfile root.pem -untrusted authorities.pem -purpose sslclient "$1.crt" >/dev/null
    [ "$(openssl x509 -in "$1.crt" -noout -pubkey)" = "$(openssl pkey -in "$1.key" -pubout)" ] || die 'another key'
}
# post OPERATION NAME ANSWER OPTIONS...: sends NAME's request; prints the status.
post() {
    local operation=$1 name=$2 answer=$3
    shift 3
    "${curl[@]}" -H 'Content-Type: application/pkcs10' --data-binary "@$name.p10" -o "$answer" -w '%{http_code}' "$@" \
        "$url$est/$operation"
}

step 'simpleenroll: refused without the ticket, with the reason'
request first
[ "$(post simpleenroll first refusal.json)" = 401 ] || die 'enrolled without a ticket'
grep -q est.ticket_required refusal.json

step 'simpleenroll: the secret is the password; it stands in no command line'
credentials() { printf 'user = "instrument:%s"\n' "$secret"; }
[ "$(post simpleenroll first first.p7 --config <(credentials))" = 200 ] || die "not enrolled: $(cat first.p7)"
take first
device=$(openssl x509 -in first.crt -noout -subject -nameopt multiline | sed -n 's/ *commonName *= //p')
serial=$(openssl x509 -in first.crt -noout -serial | cut -d= -f2)
[[ $device =~ ^[a-z2-7]{26}$ ]] || die "the certificate names no device: $device"

step 'the same again gives the same; another key gives nothing'
[ "$(post simpleenroll first again.p7 --config <(credentials))" = 200 ] || die 'the lost answer could not be had again'
cmp -s first.p7 again.p7 || die 'the second answer was another certificate'
request thief
[ "$(post simpleenroll thief refusal.json --config <(credentials))" = 409 ] || die 'one ticket served two keys'

step 'simplereenroll: by mutual TLS, over a new key'
request second
[ "$(post simplereenroll second second.p7 --cert first.crt --key first.key)" = 200 ] || die "$(cat second.p7)"
take second
[ "$(openssl x509 -in second.crt -noout -subject)" = "$(openssl x509 -in first.crt -noout -subject)" ] ||
    die 'the device changed its name'

step 'simplereenroll: not without a certificate, and not with a self-made one of the same subject and serial number'
request third
[ "$(post simplereenroll third refusal.json)" = 401 ] || die 're-enrolled without a certificate'
openssl ecparam -name prime256v1 -genkey -noout -out forged.key
openssl req -x509 -new -key forged.key -subj "/CN=$device" -set_serial "0x$serial" -days 30 -out forged.crt
status=$(post simplereenroll third refusal.json --cert forged.crt --key forged.key 2>forged.log || true)
[ "$status" = 000 ] || die "a self-made certificate came as far as status $status"

# mqtt PROGRAM NAME ALPN OPTIONS...: a stock client with NAME's certificate.
mqtt() {
    local program=$1 name=$2 alpn=$3
    shift 3
    "$program" -V mqttv5 -h "$host" -p "$port" --cafile root.pem --cert "$name.crt" --key "$name.key" \
        --tls-alpn "$alpn" -i "$device" -q 1 -d "$@" 2>&1
}
own=wg/v1/${device:0:1}/$device
foreign=wg/v1/${other:0:1}/$other
for alpn in mqtt x-amzn-mqtt-ca; do
    step "MQTT by ALPN $alpn: its own topics with the new certificate and with the old one"
    for name in second first; do
        mqtt mosquitto_pub "$name" "$alpn" -t "$own/up/hello" -n >pub.log || true
        grep -q 'received PUBACK (Mid: 1, RC:0)' pub.log || die "may not publish with $name: $(cat pub.log)"
    done
    mqtt mosquitto_sub second "$alpn" -t "$own/down/stored" -E -W 30 >sub.log || die "may not listen: $(cat sub.log)"
    grep -q 'Subscribed (mid: 1): 1' sub.log || die "may not listen to its own topic: $(cat sub.log)"

    step "MQTT by ALPN $alpn: nobody else's"
    mqtt mosquitto_pub second "$alpn" -t "$foreign/up/hello" -n >pub.log || true
    grep -q 'RC:135' pub.log || die "may publish to another's topic: $(cat pub.log)"
    mqtt mosquitto_sub second "$alpn" -t "$foreign/down/stored" -E -W 30 >sub.log || true
    grep -q 'Subscribed (mid: 1): 135' sub.log || die "may listen to another's topic: $(cat sub.log)"
done
step "done: $device"
