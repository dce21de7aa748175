"""Commands on one warm connection, by paramiko: a thread for each that runs at once."""

from concurrent.futures import ThreadPoolExecutor

import paramiko

from measured import Measured, assignment, report

job = assignment()
login = job["login"]
client = paramiko.SSHClient()
client.load_host_keys(login["knownHosts"])
client.set_missing_host_key_policy(paramiko.RejectPolicy())
client.connect(
    job["host"],
    port=login["port"],
    username=login["user"],
    key_filename=login["identity"],
    allow_agent=False,
    look_for_keys=False,
)


def run(_):
    _, stdout, stderr = client.exec_command("true")
    stdout.read()
    stderr.read()
    if stdout.channel.recv_exit_status() != 0:
        raise RuntimeError("true failed")


with ThreadPoolExecutor(job["atOnce"]) as threads:
    list(threads.map(run, range(job["warmUp"])))
    with Measured() as cost:
        list(threads.map(run, range(job["count"])))
client.close()
report(cpuMs=cost.cpu_ms / job["count"], wallMs=cost.wall_ms / job["count"])
