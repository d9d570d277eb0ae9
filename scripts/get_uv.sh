#!/usr/bin/env bash
# Prints the path of uv, getting the pinned version from the package index when there is none. Needs python3 only.
set -euo pipefail
version=0.13.9
here="$(cd "$(dirname "$0")/.." && pwd)"
own="$here/.tools/uv-$version/bin/uv"

if [ -x "$own" ]; then echo "$own"; exit 0; fi
if command -v uv >/dev/null 2>&1; then command -v uv; exit 0; fi

command -v python3 >/dev/null 2>&1 || { echo "python3 is missing. On Debian: sudo apt-get install python3" >&2; exit 1; }
echo "Getting uv $version from the package index …" >&2
if ! { python3 -m venv "$here/.tools/uv-$version" && "$here/.tools/uv-$version/bin/pip" install --quiet "uv==$version"; } >/dev/null 2>&1; then
  # A Debian without python3-venv: unpack the wheel ourselves, its hash checked against the index.
  rm -rf "$here/.tools/uv-$version"
  python3 - "$version" "$(dirname "$own")" <<'PY' || { echo "uv could not be fetched. Is the package index reachable? Or install uv yourself: https://docs.astral.sh/uv/" >&2; exit 1; }
import hashlib, io, os, platform, re, sys, urllib.parse, urllib.request, zipfile
version, folder = sys.argv[1:]
index = "https://pypi.org/simple/uv/"
machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
kind = "macosx" if sys.platform == "darwin" else "manylinux"
links = re.findall(r'href="([^"]+)#sha256=([0-9a-f]{64})"', urllib.request.urlopen(index, timeout=60).read().decode())
name = lambda link: urllib.parse.unquote(link.rsplit("/", 1)[-1])
fits = lambda n: n.startswith(f"uv-{version}-") and kind in n and (machine in n or (machine == "aarch64" and "arm64" in n))
link, digest = next((link, digest) for link, digest in links if fits(name(link)))
data = urllib.request.urlopen(urllib.parse.urljoin(index, link), timeout=300).read()
if hashlib.sha256(data).hexdigest() != digest:
    sys.exit("the downloaded file is damaged")
os.makedirs(folder, exist_ok=True)
archive = zipfile.ZipFile(io.BytesIO(data))
binary = next(n for n in archive.namelist() if n.endswith("/scripts/uv"))
with open(os.path.join(folder, "uv"), "wb") as out:
    out.write(archive.read(binary))
os.chmod(os.path.join(folder, "uv"), 0o755)
PY
fi
echo "$own"
