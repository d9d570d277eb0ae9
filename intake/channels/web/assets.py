"""The page's scripts and styles, read and compressed once at start-up.

Sources stay readable; comments and white space go when the app starts (rjsmin, rcssmin), so there is no
build step and nothing generated to commit.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response
from rcssmin import cssmin
from rjsmin import jsmin

STATIC = Path(__file__).parent / "static"
_MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True)
class Asset:
    """One file ready to send: plain and gzipped bytes, media type and strong entity tag."""

    body: bytes
    gzipped: bytes
    media_type: str
    etag: str

    @classmethod
    def of(cls, body: bytes, media_type: str) -> Asset:
        """Compress `body` once; the tag is a digest of the bytes."""
        tag = hashlib.sha256(body).hexdigest()[:16]
        return cls(body, gzip.compress(body, 9, mtime=0), media_type, f'"{tag}"')

    def response(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Send it, gzipped where the client takes gzip, or 304 when the client has it already."""
        common = {**headers, "ETag": self.etag, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=common)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.gzipped, media_type=self.media_type, headers=common | {"Content-Encoding": "gzip"})
        return Response(self.body, media_type=self.media_type, headers=common)


def load(folder: Path = STATIC) -> dict[str, Asset]:
    """Every file of the static folder by its name, scripts and styles made small."""
    assets: dict[str, Asset] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix not in _MEDIA_TYPES:
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".js":
            text = str(jsmin(text))
        elif path.suffix == ".css":
            text = str(cssmin(text))
        assets[path.name] = Asset.of(text.encode(), _MEDIA_TYPES[path.suffix])
    return assets


def version_of(assets: Iterable[Asset]) -> str:
    """A short digest over all files; it stands in their address, so that they may be cached for good."""
    digest = hashlib.sha256()
    for asset in assets:
        digest.update(asset.etag.encode())
    return digest.hexdigest()[:12]
