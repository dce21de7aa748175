"""Resolves hosts by an ssh_config, by paramiko. Some of them: the rest is reckoned from those."""

import paramiko

from measured import Measured, assignment, report

ASKED = 50

job = assignment()
hosts = job["hosts"]
with Measured() as loading:
    config = paramiko.SSHConfig.from_path(job["sshConfig"])
with Measured() as asking:
    for host in hosts[:: len(hosts) // ASKED]:
        if config.lookup(host["name"])["hostname"] == host["name"]:
            raise RuntimeError(f"{host['name']} has no block of its own")
times = len(hosts) / ASKED
report(
    cpuMs=loading.cpu_ms + asking.cpu_ms * times,
    wallMs=loading.wall_ms + asking.wall_ms * times,
)
