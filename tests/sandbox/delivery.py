"""How an answer travels: in one piece, or as badly as a fault asks for."""

import gzip
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler

from .faults import Fault
from .wire import Response

WORTH_PACKING = 1400
DRIPS = 40
BLOCK = 1 << 16


def deliver(
    handler: BaseHTTPRequestHandler, response: Response, fault: Fault | None, stopping: threading.Event
) -> None:
    """Sends the answer. `stopping` ends every wait."""
    kind = fault.kind if fault else ""
    if fault is not None and kind == "hang":
        stopping.wait(fault.seconds)
        close_hard(handler)
    elif kind in ("close", "keep-and-close"):
        close_hard(handler)
    elif fault is not None and kind == "huge":
        send_huge(handler, response, fault.megabytes)
    elif fault is not None and kind == "drip":
        send_slowly(handler, response, fault.seconds, stopping)
    elif kind in ("cut-off", "too-long-length", "too-short-length"):
        send_falsely(handler, response, kind)
    else:
        send(handler, packed(handler, response))


def send(handler: BaseHTTPRequestHandler, response: Response) -> None:
    write_head(handler, response, len(response.body))
    if handler.command != "HEAD":
        handler.wfile.write(response.body)


def write_head(handler: BaseHTTPRequestHandler, response: Response, length: int) -> None:
    handler.send_response(response.status)
    if response.body or length:
        handler.send_header("Content-Type", response.content_type)
    for name, value in response.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(length))
    handler.end_headers()


def packed(handler: BaseHTTPRequestHandler, response: Response) -> Response:
    """JSON is sent compressed to those who take it, as the networks do."""
    accepts = "gzip" in (handler.headers.get("Accept-Encoding") or "")
    is_text = response.content_type.startswith(("application/", "text/"))
    if not accepts or not is_text or len(response.body) < WORTH_PACKING or "Content-Encoding" in response.headers:
        return response
    headers = {**response.headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(response.status, gzip.compress(response.body, 1), response.content_type, headers)


def send_slowly(handler: BaseHTTPRequestHandler, response: Response, seconds: float, stopping: threading.Event) -> None:
    """The whole answer, a few bytes at a time, over so many seconds."""
    write_head(handler, response, len(response.body))
    step = max(1, len(response.body) // DRIPS)
    for start in range(0, len(response.body), step):
        handler.wfile.write(response.body[start : start + step])
        if stopping.wait(seconds / DRIPS):
            break


def send_falsely(handler: BaseHTTPRequestHandler, response: Response, kind: str) -> None:
    """A body that ends too early, or a Content-Length that does not fit it; then the connection ends."""
    body = response.body
    length = len(body)
    if kind == "too-short-length":
        length //= 2
    elif kind == "too-long-length":
        length += 1000
    else:
        body = body[: length // 2]
    write_head(handler, response, length)
    handler.wfile.write(body)
    handler.close_connection = True


def send_huge(handler: BaseHTTPRequestHandler, response: Response, megabytes: int) -> None:
    """JSON that does not end for so many megabytes."""
    write_head(handler, response, megabytes << 20)
    handler.wfile.write(b'{"data":"')
    block = b"unroll " * (BLOCK // 7)
    left = (megabytes << 20) - 9
    while left > 0:
        handler.wfile.write(block[:left])
        left -= len(block)


def close_hard(handler: BaseHTTPRequestHandler) -> None:
    """Ends the connection with a reset, without an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
