"""How asyncssh logs in to a host of the benchmarks: with the key and the known hosts read once."""

import asyncssh

_keys = {}


def connect(login, host):
    if not _keys:
        _keys["client"] = asyncssh.read_private_key(login["identity"])
        _keys["known_hosts"] = asyncssh.read_known_hosts(login["knownHosts"])
    return asyncssh.connect(
        host,
        port=login["port"],
        username=login["user"],
        client_keys=[_keys["client"]],
        known_hosts=_keys["known_hosts"],
        agent_path=None,
        config=None,
    )
