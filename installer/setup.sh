#!/bin/sh
# Makes this clone ready: system packages, .venv with the locked dependencies, the program, translations.
#
#   installer/setup.sh run       what a window on a real screen needs
#   installer/setup.sh virtual   and a screen that is not there
#   installer/setup.sh test      and what drives that screen from outside
#
# Installs Debian packages where it may (root, or sudo without a password); otherwise names them and stops.
# A second run does only what changed. PYTHON names another interpreter than python3.11.
set -eu
cd "$(dirname "$0")/.."

VENV=.venv
STAMP=$VENV/.provender-setup
PURPOSE=${1:-test}

# Without the first six Qt aborts the interpreter, even offscreen; the second line is for a window on X11.
QT="libgl1 libegl1 libxkbcommon0 libfontconfig1 libdbus-1-3 libglib2.0-0"
WINDOW="libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 fonts-noto-cjk"
SCREEN="xvfb openbox scrot dbus gnome-keyring libglib2.0-bin at-spi2-core"
DRIVING="xdotool gir1.2-atspi-2.0 python3-gi strace"
# Programs only: tests of the server start clusters of their own.
DATABASE="postgresql"
NO_CLUSTER=/etc/postgresql-common/createcluster.d/provender-setup.conf

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

case $PURPOSE in
    run) PACKAGES="$QT $WINDOW" ;;
    virtual) PACKAGES="$QT $WINDOW $SCREEN" ;;
    test) PACKAGES="$QT $WINDOW $SCREEN $DRIVING $DATABASE" ;;
    *) fail "usage: installer/setup.sh [run|virtual|test]" ;;
esac

# --- Python ---------------------------------------------------------------------------------------------

find_python() {
    for name in ${PYTHON:-python3.11 python3}; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

has_venv() { [ -x "$VENV/bin/python" ] && [ -x "$VENV/bin/pip" ]; }

python=$(find_python)
if ! has_venv; then
    if [ -z "$python" ]; then
        PACKAGES="$PACKAGES python3.11 python3.11-venv"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian keeps the maker of virtual environments in a package of its own.
        PACKAGES="$PACKAGES $("$python" -c 'import sys; print("python3.%d-venv" % sys.version_info[1])')"
    fi
fi

# --- system packages ------------------------------------------------------------------------------------

is_installed() {
    # Newer releases renamed some libraries for 64-bit time (libglib2.0-0t64); both names will do.
    for name in "$1" "$1t64"; do
        case $(dpkg-query -W -f='${Status}' "$name" 2>/dev/null) in *" installed") return 0 ;; esac
    done
    return 1
}

install_packages() {
    # $as_root and $missing hold lists, so they are split into words on purpose.
    # shellcheck disable=SC2086
    $as_root apt-get -qq -o Acquire::Retries=3 update 2>&1 || true # old lists may do
    case "$missing " in
        *" $DATABASE "*)
            # Else Debian makes a cluster and starts it, on this start and on every later one.
            $as_root mkdir -p "${NO_CLUSTER%/*}"
            echo "create_main_cluster = false" | $as_root tee "$NO_CLUSTER" >/dev/null
            ;;
    esac
    status=0
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Acquire::Retries=3 \
        install --no-install-recommends $missing 2>&1 || status=$?
    $as_root rm -f "$NO_CLUSTER" # a cluster that somebody wants later is theirs to make as usual
    return $status
}

missing=
if [ "$(uname)" = Linux ] && command -v dpkg-query >/dev/null; then
    for package in $PACKAGES; do
        is_installed "$package" || missing="$missing $package"
    done
fi
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        fail "These Debian packages are missing, and only an administrator can install them:

    apt-get install --no-install-recommends$missing

Run the same command again after that."
    fi
    say "Installing Debian packages:$missing"
    heard=$(install_packages) || fail "$heard

The packages could not be installed; apt's own words stand above."
    python=$(find_python)
fi

# --- .venv ----------------------------------------------------------------------------------------------

if ! has_venv; then
    [ -n "$python" ] || fail "Provender needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3"
    say "Creating $VENV with $("$python" --version)"
    "$python" -m venv --clear "$VENV"
fi

# What was installed is known by the content of what says so; pip is asked only when that changed.
wanted=$(cat requirements.lock pyproject.toml installer/setup.sh | sha256sum)
if [ "$(cat "$STAMP" 2>/dev/null)" != "$wanted" ]; then
    say "Installing the locked Python packages"
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
    # The build backend came with the lock too, so that nothing unhashed is fetched. "compat" leaves a plain path
    # for Python to find us by; the import hook that setuptools prefers costs every start 9 ms.
    "$VENV/bin/python" -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps \
        --config-settings editable_mode=compat -e .
    printf '%s\n' "$wanted" >"$STAMP"
fi

# --- translations ---------------------------------------------------------------------------------------

find resources/locale -name '*.po' 2>/dev/null | while read -r po; do
    mo=${po%.po}.mo
    if [ ! -f "$mo" ] || [ -n "$(find "$po" -newer "$mo")" ]; then
        "$VENV/bin/pybabel" --quiet compile -i "$po" -o "$mo"
    fi
done
