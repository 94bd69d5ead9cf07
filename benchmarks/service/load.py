"""The generator, a program of its own: asks for pages on a fixed schedule, whether or not earlier answers have come (open loop).

    load.py ADDRESS HOST MIX OUT --rate N --warm SECONDS --seconds SECONDS

A time runs from the moment at which the request was due, so that a service that falls behind cannot hide it, to the last byte. Each
request comes on a connection of its own, as from the nginx of deploy/. OUT gets a row a request: page, path, status, seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import resource
import time
from pathlib import Path
from typing import NamedTuple

import httpx

SEED = 20260105
PATIENCE = 30.0


class Ask(NamedTuple):
    """A request of the schedule."""

    page: str
    path: str
    session: str
    english: bool


def schedule(mix: list[dict], count: int) -> list[Ask]:
    """So many requests drawn by the weights; the same in every run over the same mix."""
    draw = random.Random(SEED)
    chosen = draw.choices(mix, weights=[page["weight"] for page in mix], k=count)
    return [Ask(page["name"], path, session, draw.random() < 0.1) for page in chosen for session, path in [draw.choice(page["asks"])]]


async def one(transport: httpx.AsyncHTTPTransport, address: str, host: str, ask: Ask, due: float) -> list:
    """Asks once; the row of OUT. A status of 0 is a call that failed, with the reason for its path."""
    cookies = [f"chaoce_language={'en' if ask.english else 'zh-hans'}", *([f"sessionid={ask.session}"] if ask.session else [])]
    headers = {
        "Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "Cookie": "; ".join(cookies), "Connection": "close",
        "User-Agent": "chaoce-bench",
    }  # fmt: skip
    request = httpx.Request(
        "GET", address + ask.path, headers=headers, extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), PATIENCE)}
    )
    try:
        response = await transport.handle_async_request(request)
        kind = response.headers.get("Content-Type", "")
        body = await response.aread()
        await response.aclose()
        status = response.status_code if kind.startswith("text/html") and body else 0
        return [ask.page, ask.path, status, time.perf_counter() - due]
    except httpx.HTTPError as fault:
        return [ask.page, f"{ask.path}: {fault!r}", 0, time.perf_counter() - due]


async def drive(address: str, host: str, asks: list[Ask], rate: float) -> list[list]:
    """All requests, each begun when it is due."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncHTTPTransport(limits=limits) as transport:
        start = time.perf_counter() + 0.2
        under_way = []
        for number, ask in enumerate(asks):
            due = start + number / rate
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            under_way.append(asyncio.create_task(one(transport, address, host, ask, due)))
        return list(await asyncio.gather(*under_way))


def main() -> None:
    """Warms up, measures, writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("address", "host"):
        parser.add_argument(name)
    for name in ("mix", "out"):
        parser.add_argument(name, type=Path)
    for name in ("--rate", "--warm", "--seconds"):
        parser.add_argument(name, type=float, required=True)
    given = parser.parse_args()
    mix = json.loads(given.mix.read_text("utf-8"))
    warm = int(given.warm * given.rate)
    asks = schedule(mix, warm + int(given.seconds * given.rate))
    gc.disable()  # its own pauses are not the service's
    asyncio.run(drive(given.address, given.host, asks[:warm], given.rate))
    before = resource.getrusage(resource.RUSAGE_SELF)
    rows = asyncio.run(drive(given.address, given.host, asks[warm:], given.rate))
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    given.out.write_text(json.dumps({"cpu": cpu, "rows": rows}, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
