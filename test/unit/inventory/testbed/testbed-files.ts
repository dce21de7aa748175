/**
 * Testbed files in the shapes that the public documentation of pyATS and the files of its users have: old and new
 * credentials, consoles and management addresses, jump hosts, links, things that only pyATS knows.
 */

/** Two switches behind a console server, with servers, cleaning instructions and links. */
export const LAB = `# the lab in the cellar
testbed:
  name: cellar
  alias: cellarLab
  credentials:
    default:
      username: admin
      password: 'lab-secret'
    enable:
      password: '%ENV{ENABLE, enable-secret}'
  servers:
    images:
      server: tftp1
      address: 192.0.2.250
      path: ''
      credentials:
        default: { username: rcp, password: server-secret }
        sftp: { username: sftp, password: '%ENC{w6DDmsOUw6fDqsOO}' }
    ntp:
      server: 192.0.2.123
  custom:
    owner: john
    mobile: '%ASK{the number of the owner}'

devices:
  n7k-1:
    os: nxos
    type: Nexus 7000
    series: n7k
    alias: device-1
    credentials:
      default: { username: n7k-admin, password: n7k-secret }
    connections:
      a: { protocol: telnet, ip: 192.0.2.80, port: 2001 }
      b: { protocol: telnet, ip: 192.0.2.80, port: 2003 }
      vty:
        protocol: telnet
        ip: 192.0.2.5
        credentials:
          default: { username: mgt, password: mgt-secret }
    clean:
      pre_clean: |
        switchname %{self}
        ip addr %{self.connections.vty.ip}/24
    custom:
      SUP1: Supervisor Module-1X
  n7k-2:
    os: nxos
    type: Nexus 7000
    connections:
      a: { protocol: telnet, ip: '%{devices.n7k-1.connections.a.ip}', port: 2006 }

topology:
  links:
    rtr1-rtr2-1: { alias: link-1 }
  n7k-1:
    interfaces:
      Ethernet4/1: { alias: device1-intf1, link: rtr1-rtr2-1, type: ethernet, ipv4: 198.51.100.1/24 }
  n7k-2:
    interfaces:
      Ethernet5/1: { alias: device2-intf1, link: rtr1-rtr2-1, type: ethernet }
`;

/** Cloud routers as sandboxes hand them out: a command line, NETCONF and RESTCONF beside each other. */
export const CLOUD = `devices:
  csr1000v-1:
    os: iosxe
    platform: csr1000v
    type: router
    custom:
      abstraction: { order: [os, platform] }
    credentials:
      default: { username: dev, password: C1sco123 }
    connections:
      defaults:
        class: unicon.Unicon
        via: cli
      cli:
        protocol: ssh
        ip: 203.0.113.10
        port: 8181
        ssh_options: -o KexAlgorithms=+diffie-hellman-group14-sha1
        settings: { GRACEFUL_DISCONNECT_WAIT_SEC: 0, POST_DISCONNECT_WAIT_SEC: 0 }
        arguments: { connection_timeout: 10, learn_hostname: true, init_exec_commands: [] }
      netconf:
        class: yang.connector.Netconf
        protocol: netconf
        ip: 203.0.113.10
        port: 10000
        credentials: { netconf: { username: nc, password: nc-secret } }
      rest:
        class: rest.connector.Rest
        host: restconf.example
        port: '9443'
        login_creds: default
`;

/** Routers behind a jump host, and one behind a router behind it. */
export const JUMPS = `testbed:
  name: behind
  credentials: &everywhere
    default: { username: cisco, password: cisco }
devices:
  jump_host:
    alias: jh
    os: linux
    type: linux
    connections:
      defaults: { via: cli }
      console: { protocol: telnet, ip: 198.51.100.2, port: 2020 }
      cli: { protocol: ssh, ip: 198.51.100.2, port: 22 }
  inner:
    os: linux
    connections:
      cli: { protocol: ssh, ip: 10.0.0.2, proxy: jh }
  R1:
    os: iosxe
    connections:
      a: { protocol: telnet, ip: 10.1.1.1, port: 2001, proxy: inner }
      b:
        protocol: telnet
        ip: 10.1.1.1
        proxy:
          - device: jump_host
            command: [ssh inner, 'telnet 10.3.3.1']
          - device: inner
  R2:
    os: iosxe
    connections:
      cli: { protocol: ssh, ip: 10.1.1.2, proxy: [jump_host] }
`;

/** As files were before credentials came, with merge keys to say things once. */
export const OLD = `testbed:
  name: old
  passwords:
    enable: old-enable
    line: '%{testbed.passwords.enable}'
    tacacs: old-tacacs
  tacacs:
    login_prompt: 'login:'
    username: old-admin

.via: &console
  protocol: telnet
  ip: 192.0.2.9

devices:
  N95_1:
    type: Nexus 9500
    os: nxos
    passwords: { tacacs: device-tacacs }
    connections:
      console: { <<: *console, port: 2007 }
  bare:
    type: something
  mock:
    os: iosxe
    type: '%CALLABLE{mylib.get_device_type}'
    connections:
      a: { command: mock_device_cli --os iosxe, protocol: unknown }
`;

/** All of them by name. */
export const TESTBED_FILES: Readonly<Record<string, string>> = { LAB, CLOUD, JUMPS, OLD };
