"""The page's scripts and styles, put together, made small and compressed once at start-up.

The sources in ``static/`` are plain ES modules, one a concept, with unique names at their top level. ``bundle`` puts
them into one script in the order of their imports, tdewolff's minifier shortens it (and refuses a name that stands
twice), so there is no build step and nothing generated to commit.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import minify
from fastapi import Request, Response

STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([a-z]+)\.js";\n', re.M)
_STYLE = re.compile(r"(?<=const STYLE = `)[^`]*")
_EXPORT = re.compile(r"^export (?=(?:async )?(?:const|let|function|class) )", re.M)


@dataclass(frozen=True)
class Asset:
    """One file ready to send: plain and gzipped bytes, media type and strong entity tag."""

    body: bytes
    gzipped: bytes
    media_type: str
    etag: str

    @classmethod
    def of(cls, text: str, media_type: str) -> Asset:
        """Compress `text` once; the tag is a digest of its bytes."""
        body = text.encode()
        tag = hashlib.sha256(body).hexdigest()[:16]
        return cls(body, gzip.compress(body, 9, mtime=0), f"{media_type}; charset=utf-8", f'"{tag}"')

    def response(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Send it, gzipped where the client takes gzip, or 304 when the client has it already."""
        common = {**headers, "ETag": self.etag, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=common)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.gzipped, media_type=self.media_type, headers=common | {"Content-Encoding": "gzip"})
        return Response(self.body, media_type=self.media_type, headers=common)


def bundle(folder: Path, entry: str) -> str:
    """One script of `entry` and all that it imports, each module once, before those that need it.

    Raises ``FileNotFoundError`` for a module that is not there and ``ValueError`` for an import or export in a form
    that this cannot follow.
    """
    done: list[str] = []
    parts: list[str] = []

    def take(name: str) -> None:
        if name in done:
            return
        done.append(name)
        source = (folder / f"{name}.js").read_text("utf-8")
        for needed in _IMPORT.findall(source):
            take(needed)
        code = _EXPORT.sub("", _IMPORT.sub("", source))
        if re.search(r"^(import|export)\b", code, re.M):
            form = 'import { names } from "./module.js";'
            raise ValueError(f"{name}.js: write imports as `{form}`, exports before a declaration")
        parts.append(code)

    take(entry)
    return '"use strict";(()=>{' + "\n".join(parts) + "})()"


def _short_style(style: re.Match[str]) -> str:
    return str(minify.string("text/css", style[0]))


def load(folder: Path = STATIC, numbers: Mapping[str, int] | None = None) -> dict[str, Asset]:
    """The files to serve by name: ``chat.js`` (all modules in one), ``chat.css``, ``embed.js``, ``icon.svg``.

    `numbers` of text keys (``catalogue.numbered``) are put into the script in the keys' place.
    """
    source = bundle(folder, "main")
    for key, number in (numbers or {}).items():
        source = source.replace(f'"{key}"', str(number))
    script = minify.string("text/javascript", source)
    embed = _STYLE.sub(_short_style, (folder / "embed.js").read_text("utf-8"))
    embed = minify.string("text/javascript", embed)
    style = minify.string("text/css", (folder / "chat.css").read_text("utf-8"))
    return {
        "chat.js": Asset.of(script, "text/javascript"),
        "embed.js": Asset.of(embed, "text/javascript"),
        "chat.css": Asset.of(style, "text/css"),
        "icon.svg": Asset.of((folder / "icon.svg").read_text("utf-8"), "image/svg+xml"),
    }


def version_of(files: Iterable[Asset]) -> str:
    """A short digest over all files; it stands in their address, so that they may be cached for good."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.etag.encode())
    return digest.hexdigest()[:12]
