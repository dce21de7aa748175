"""Connections that are opened and then left alone, by asyncssh."""

import asyncio
import gc
import os

from asyncssh_session import connect
from measured import assignment, report


def resident_kib():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024


async def main(job):
    hosts, warm_up = job["hosts"], job["warmUp"]
    connections = []

    async def open_all(some):
        left = iter(some)

        async def worker():
            for host in left:
                connections.append(await connect(job["login"], host))

        await asyncio.gather(*(worker() for _ in range(32)))

    await open_all(hosts[:warm_up])
    before = resident_kib()
    await open_all(hosts[warm_up:])
    report(residentKiB=(resident_kib() - before) / (len(hosts) - warm_up))
    for connection in connections:
        connection.close()


asyncio.run(main(assignment()))
