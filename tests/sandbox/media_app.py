"""The media server: drawn pictures, one small film, its playlist, films of any weight."""

import re
from pathlib import Path

from .media import CLIP_PATH, PLAYLIST_PATH, Film
from .scenes import picture_bytes
from .wire import Request, Response

FILES = Path(__file__).parent / "files"
SEGMENT_PATH = "/clip/harbour.ts"
FILE_TYPES = {
    CLIP_PATH: "video/mp4",
    PLAYLIST_PATH: "application/vnd.apple.mpegurl",
    SEGMENT_PATH: "video/mp2t",
}
PICTURE = re.compile(r"/picture/(?P<scene>[a-z-]+)/(?P<seed>[^/]+)/(?P<width>\d{1,4})x(?P<height>\d{1,4})\.png")
FILM = re.compile(r"/film/(?P<seed>\w{1,40})/(?P<size>\d{2,8})\.mp4")
LONGEST_SIDE = 4096
A_YEAR = "public, max-age=31536000, immutable"


class MediaApp:
    """Answers for every picture address that `media.Picture` can make."""

    def __call__(self, request: Request) -> Response:
        headers = {"Cache-Control": A_YEAR, "Access-Control-Allow-Origin": "*"}
        if kind := FILE_TYPES.get(request.path):
            return ranged(request, Response(200, (FILES / Path(request.path).name).read_bytes(), kind, headers))
        if film := FILM.fullmatch(request.path):
            body = Film(film["seed"], int(film["size"])).body()
            return ranged(request, Response(200, body, "video/mp4", headers))
        match = PICTURE.fullmatch(request.path)
        if match is None:
            return Response(404, b"not found", "text/plain")
        width, height = int(match["width"]), int(match["height"])
        if not (1 <= width <= LONGEST_SIDE and 1 <= height <= LONGEST_SIDE):
            return Response(404, b"not found", "text/plain")
        body = picture_bytes(match["scene"], match["seed"], width, height)
        return Response(200, body, "image/png", headers)


def ranged(request: Request, response: Response) -> Response:
    """Browsers ask for films in ranges and do not seek without them."""
    response.headers["Accept-Ranges"] = "bytes"
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
    if match is None:
        return response
    whole = len(response.body)
    start, end = int(match[1]), min(int(match[2] or whole - 1), whole - 1)
    if start > end:
        return Response(416, headers={"Content-Range": f"bytes */{whole}"})
    headers = {**response.headers, "Content-Range": f"bytes {start}-{end}/{whole}"}
    return Response(206, response.body[start : end + 1], response.content_type, headers)
