#!/bin/sh
# Starts the given command where there is a screen; without one says so and offers a virtual one.
#
#   installer/run.sh COMMAND…      VIRTUAL=1: on a virtual display without asking
set -eu
cd "$(dirname "$0")/.."

PICTURE=.demo/screen.png

on_virtual_screen() {
    installer/setup.sh virtual
    mkdir -p "${PICTURE%/*}"
    printf '%s\n' "Running on a virtual display until Ctrl+C. $PICTURE shows it, renewed every few seconds."
    exec .venv/bin/python -m tests.e2e.desktop --picture "$PICTURE" -- "$@"
}

if [ "${VIRTUAL:-}" = 1 ]; then
    on_virtual_screen "$@"
fi
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname)" != Linux ]; then
    installer/setup.sh run
    exec "$@"
fi

printf '%s\n' "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open."
if [ -t 0 ]; then
    printf 'Start on a virtual display, with pictures of it in %s? [y/N] ' "$PICTURE"
    read -r answer
    case $answer in [yY]*) on_virtual_screen "$@" ;; esac
fi
printf '%s\n' "To start on a virtual display: make run VIRTUAL=1" >&2
exit 1
