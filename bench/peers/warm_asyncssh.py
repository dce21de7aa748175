"""Commands on one warm connection, by asyncssh."""

import asyncio

from asyncssh_session import connect
from measured import Measured, assignment, report


async def repeat(connection, count, at_once):
    tickets = iter(range(count))

    async def worker():
        for _ in tickets:
            await connection.run("true", check=True)

    await asyncio.gather(*(worker() for _ in range(at_once)))


async def main(job):
    async with connect(job["login"], job["host"]) as connection:
        await repeat(connection, job["warmUp"], job["atOnce"])
        with Measured() as cost:
            await repeat(connection, job["count"], job["atOnce"])
    report(cpuMs=cost.cpu_ms / job["count"], wallMs=cost.wall_ms / job["count"])


asyncio.run(main(assignment()))
