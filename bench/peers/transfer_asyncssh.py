"""A connect, and a file or a tree carried to where nothing is, by asyncssh."""

import asyncio

from asyncssh_session import connect
from measured import Measured, assignment, report


async def main(job):
    with Measured() as cost:
        async with connect(job["login"], job["host"]) as connection:
            async with connection.start_sftp_client() as sftp:
                carry = sftp.put if job["direction"] == "upload" else sftp.get
                await carry(job["from"], job["to"], recurse=True)
    report(cpuMs=cost.cpu_ms, wallMs=cost.wall_ms)


asyncio.run(main(assignment()))
