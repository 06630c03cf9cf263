#!/bin/sh
# Installs what the system has to provide: Chromium, LibreOffice and PostgreSQL for the tests, or, as "prepare.sh venv PYTHON DIR", Python's venv.
# Only as root or with a sudo that asks nothing; otherwise it leaves the machine as it is and the tests say what is missing.
set -u

if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else as_root=none; fi

install() {
    if [ "$as_root" = none ] || ! command -v apt-get >/dev/null; then return 1; fi
    [ -n "${updated:-}" ] || $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq && updated=1 &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

if [ "${1:-}" = venv ]; then
    install python3-venv && exec "$2" -m venv "$3"
    echo "Python's venv module is missing: install it (Debian: python3-venv) and run make again." >&2
    exit 1
fi

have() {
    for name in "$@"; do command -v "$name" >/dev/null && return 0; done
    return 1
}

[ -n "${GRIDPLAN_CHROMIUM:-}" ] || have chromium-headless-shell || install chromium-headless-shell 2>/dev/null ||
    have chromium chromium-browser google-chrome google-chrome-stable || install chromium ||
    echo "Chromium was not found and cannot be installed from here." >&2
office() { office=$(command -v soffice || command -v libreoffice) && office=$(readlink -f "$office") &&
    for part in sc sd sw; do ls "${office%/*}"/*"${part}lo".* >/dev/null 2>&1 || return 1; done; }
office || install libreoffice-calc libreoffice-impress-nogui libreoffice-writer-nogui ||
    echo "LibreOffice was not found and cannot be installed from here." >&2
postgis() { ls /usr/share/postgresql/*/extension/postgis.control >/dev/null 2>&1; }
[ -n "${GRIDPLAN_POSTGRES:-}" ] || postgis || install postgresql postgresql-postgis ||
    echo "PostgreSQL with PostGIS was not found and cannot be installed from here." >&2
exit 0
