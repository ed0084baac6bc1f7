"""Servers in the event loop of a test, and what they complain about."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from batch.tenants.served.app import LOGGER
from tests.graph.passage import Passage


class _Ear(logging.Handler):
    def __init__(self, passage: Passage) -> None:
        super().__init__(logging.ERROR)
        self._passage = passage

    def emit(self, record: logging.LogRecord) -> None:
        self._passage.broken.append(f"{record.name} complained: {record.getMessage()} {record.exc_info}")


@contextmanager
def overheard(passage: Passage) -> Iterator[None]:
    """What the server or the event loop complain about breaks a law."""
    ear = _Ear(passage)
    loggers = (LOGGER, logging.getLogger("asyncio"))
    for logger in loggers:
        logger.addHandler(ear)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(ear)


async def listening(app: web.Application, port: int = 0) -> web.AppRunner:
    runner = web.AppRunner(app, access_log=None, logger=LOGGER, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    return runner


def trap(passage: Passage) -> web.Application:
    """A place where nobody may send anything."""

    async def caught(request: web.Request) -> web.Response:
        passage.broken.append(f"{request.method} {request.path} went to another host: {dict(request.headers)}")
        return web.json_response({"value": [], "responses": []})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", caught)
    return app
