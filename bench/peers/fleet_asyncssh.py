"""A connect and one command on each of many hosts, by asyncssh."""

import asyncio

from asyncssh_session import connect
from measured import Measured, assignment, report


async def main(job):
    hosts = iter(job["hosts"])

    async def worker():
        for host in hosts:
            async with connect(job["login"], host) as connection:
                await connection.run("true", check=True)

    with Measured() as cost:
        await asyncio.gather(*(worker() for _ in range(job["atOnce"])))
    report(cpuMs=cost.cpu_ms, wallMs=cost.wall_ms)


asyncio.run(main(assignment()))
