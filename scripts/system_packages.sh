#!/usr/bin/env bash
# Installs the Debian packages that are missing, or says which and how. `run`: for the service; `test`: also for the tests.
set -euo pipefail
wanted=(libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-liberation)   # PDF documents
[ "${1:-run}" = test ] && wanted+=(chromium postgresql redis-server nodejs npm poppler-utils)

command -v dpkg-query >/dev/null 2>&1 || { echo "Not a Debian system: make sure that Pango is installed (for PDF documents)." >&2; exit 0; }
missing=()
for package in "${wanted[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' && continue
  # A tool that is there in another way needs no package.
  case "$package" in
    nodejs) command -v node >/dev/null 2>&1 && continue ;;
    npm) command -v npm >/dev/null 2>&1 && continue ;;
    postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && continue ;;
    redis-server) command -v redis-server >/dev/null 2>&1 && continue ;;
  esac
  missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ]; then
  echo "Installing Debian packages: ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "These Debian packages are missing: ${missing[*]}" >&2
  echo "Install them with: sudo apt-get install ${missing[*]}" >&2
  [ "${1:-run}" = test ] && exit 1
  echo "Going on without them: PDF documents will not work." >&2
fi
