#!/bin/sh
# Runs a command beside a server of its own for the demonstration company, and connects the company once.
#
#   installer/served.sh COMMAND…      the server's home is .demo/server; it ends with the command
set -eu
cd "$(dirname "$0")/.."

BIN=.venv/bin
HOME_OF_IT=.demo/server

free_port() {
    "$BIN/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

make_server() {
    [ -f "$HOME_OF_IT/settings.json" ] && return
    mkdir -p .demo
    "$BIN/provender-server" init --home "$HOME_OF_IT" --name localhost --pin-file .demo/pin >/dev/null
    free_port >"$HOME_OF_IT/port"
}

start_server() {
    port=$(cat "$HOME_OF_IT/port")
    "$BIN/provender-server" run --home "$HOME_OF_IT" --listen "127.0.0.1:$port" \
        >"$HOME_OF_IT/address" 2>"$HOME_OF_IT/log" &
    server=$!
    trap 'kill $server 2>/dev/null; wait $server 2>/dev/null || true' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    tries=0
    until [ -s "$HOME_OF_IT/address" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 100 ] || ! kill -0 $server 2>/dev/null; then
            cat "$HOME_OF_IT/log" >&2
            return 1
        fi
        sleep 0.1
    done
}

# The demonstration company's password is made up and shown to everybody; it still goes through a file, as passwords do.
connect_company() {
    secret=$(mktemp -d)
    "$BIN/provender" --home .demo demo --json >"$secret/demo"
    # Of which vault this is true: another one may have been made since.
    device=$("$BIN/python" - "$secret" <<'END'
import json, pathlib, sys
secret = pathlib.Path(sys.argv[1])
demo = json.loads((secret / "demo").read_text("utf-8"))
(secret / "password").write_text(demo["password"])
print(json.loads(pathlib.Path(".demo", demo["profile"], "vault.json").read_text("utf-8"))["device"])
END
    )
    if [ "$(cat "$HOME_OF_IT/connected" 2>/dev/null)" != "$device" ]; then
        "$BIN/provender-server" company admit --home "$HOME_OF_IT" --token-file "$secret/token" >/dev/null
        "$BIN/provender" --home .demo --password-file "$secret/password" server connect \
            "https://localhost:$(cat "$HOME_OF_IT/port")" --token-file "$secret/token" --pin .demo/pin >/dev/null &&
            printf '%s\n' "$device" >"$HOME_OF_IT/connected"
    fi
    rm -rf "$secret"
    [ "$(cat "$HOME_OF_IT/connected" 2>/dev/null)" = "$device" ]
}

make_server
if start_server; then
    connect_company || printf '%s\n' "The demonstration company is not connected to its server; it works without." >&2
else
    printf '%s\n' "The demonstration's server does not start; the company works without." >&2
fi
"$@"
