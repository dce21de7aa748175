/** A configuration, and who is looked up in it. `{dir}` stands for the directory that holds `files`. */
export interface ConfigCase {
  readonly name: string;
  readonly config: string;
  readonly host?: string;
  readonly username?: string;
  readonly port?: number;
  readonly files?: Readonly<Record<string, string>>;
}

const ordinary: readonly ConfigCase[] = [
  { name: 'an empty file', config: '' },
  { name: 'comments and blank lines', config: '# one\n\n   # two\n\t\nPort 2201 # three\n' },
  { name: 'the first value of a keyword', config: 'Port 2201\nPort 2202\nUser one\nUser two\n' },
  { name: 'keyword=value', config: 'Port=2201\nUser = alice\nHostName\t=\tweb.example\n' },
  { name: 'keywords in any case', config: 'pORT 2201\nUSER alice\nhostname web.example\n' },
  { name: 'CRLF line ends', config: 'Host web\r\n  Port 2201\r\n  User alice\r\nHost *\r\n  Port 2202\r\n' },
  { name: 'trailing white space and a form feed', config: 'Port 2201 \t \f\nUser alice\t\n' },
  { name: 'double quotes', config: 'User "alice b"\nIdentityFile "/k/a key"\n' },
  { name: 'single quotes', config: "User 'alice b'\nIdentityFile '/k/it\"s'\n" },
  { name: 'quotes in the middle of a word', config: 'IdentityFile /k/"a b"/c\n' },
  { name: 'escaped spaces, quotes and backslashes', config: 'IdentityFile /k/a\\ b\\"c\\\\d\\e\n' },
  { name: 'a hash inside a word', config: 'User ali#ce\nHostName web#1\n' },
  { name: 'a quoted hash', config: 'User "#alice" # really\n' },
  { name: 'a last line without an end', config: 'User alice\nPort 2201' },
  { name: 'a quoted keyword', config: '"User" alice\n' },
];

const corners: readonly ConfigCase[] = [
  { name: 'a line that begins with =', config: '=Port 2\n' },
  { name: 'two equals signs before a command', config: 'ProxyCommand == nc x\n' },
  {
    name: 'lists that are comments',
    config: 'Host # nobody\n Port 2\nMatch all\n SendEnv # none\n',
  },
  { name: 'a port with a plus sign and zeros', config: 'Port +0022\n' },
  { name: 'an address of another family', config: 'AddressFamily inet6\nHostName 127.1\n' },
  { name: 'what only looks like an address', config: 'HostName 1.2.3.4.5\n' },
  { name: 'a hexadecimal and octal address', config: 'HostName 0x7f.010.1\n' },
  { name: 'the first ForwardAgent', config: 'ForwardAgent no\nForwardAgent yes\n' },
];

const hosts: readonly ConfigCase[] = [
  { name: 'a Host that names the host', config: 'Host db\n Port 1\nHost web\n Port 2\nHost *\n Port 3\nUser all\n' },
  { name: 'Host patterns with *', config: 'Host w*b\n Port 2\nHost *.example\n Port 3\n' },
  { name: 'Host patterns with ?', config: 'Host w?\n Port 1\nHost w?b\n Port 2\n' },
  { name: 'several patterns', config: 'Host db web mail\n Port 2\n' },
  { name: 'a negation before the match', config: 'Host !web *\n Port 2\nHost *\n Port 3\n' },
  { name: 'a negation after the match', config: 'Host w* !web\n Port 2\nHost *\n Port 3\n' },
  { name: 'a negation of another', config: 'Host !db *\n Port 2\n' },
  { name: 'nothing but a negation', config: 'Host !db\n Port 2\n' },
  { name: 'literals with a negated wildcard', config: 'Host web db !w*\n Port 2\nHost web\n Port 3\n' },
  { name: 'that Host is case sensitive', config: 'Host WEB\n Port 2\nHost web\n Port 3\n', host: 'WEB' },
  { name: 'that host names become lower case', config: 'Host W*\n Port 2\n', host: 'Web.Example' },
  { name: 'a name that nothing mentions', config: 'Host db\n Port 2\n', host: 'other.example' },
  {
    name: 'order between literal and wildcard blocks',
    config: 'Host *b\n User one\nHost web\n User two\n Port 2\nHost w*\n Port 3\n',
  },
  {
    name: 'one name in several blocks',
    config: 'Host web db\n User one\nHost db\n Port 9\nHost web\n User two\n Port 2\n',
  },
  { name: 'a name twice in one line', config: 'Host web web\n SendEnv A\n' },
  { name: 'patterns in quotes', config: 'Host "web" "d b"\n Port 2\n' },
  { name: 'a comma, which separates nothing in Host', config: 'Host web,db\n Port 2\nHost web\n Port 3\n' },
];

const hostNames: readonly ConfigCase[] = [
  { name: 'HostName', config: 'Host web\n HostName web.example\n' },
  { name: 'HostName with %h', config: 'HostName %h.example\n' },
  { name: 'HostName with %%', config: 'HostName fe80::1%%lo\n' },
  { name: 'HostName in upper case', config: 'HostName WEB.Example\n' },
  { name: 'an IPv4 address', config: 'HostName 192.0.2.1\n' },
  { name: 'a short IPv4 address', config: 'HostName 127.1\n' },
  { name: 'an IPv4 address as one number', config: 'HostName 2130706433\n' },
  { name: 'an IPv6 address', config: 'HostName 2001:DB8:0:0::0001\n' },
  { name: 'an IPv6 address with IPv4 inside', config: 'HostName ::FFFF:192.0.2.1\n' },
  { name: 'an IPv6 address that is typed', config: 'Host *:*\n Port 2\n', host: '2001:DB8::1' },
  { name: 'HostKeyAlias', config: 'HostKeyAlias Key.Example\n' },
];

const matches: readonly ConfigCase[] = [
  { name: 'Match all', config: 'Match all\n Port 2\n' },
  { name: 'Match host', config: 'Match host db\n Port 2\nMatch host web\n Port 3\n' },
  { name: 'Match host with a list', config: 'Match host db,w*,!web.x\n Port 2\n' },
  { name: 'Match host with a negated list', config: 'Match host *,!web\n Port 2\nMatch all\n Port 3\n' },
  { name: 'that Match host ignores case', config: 'Match host WEB\n Port 2\n', host: 'wEb' },
  {
    name: 'that Match host sees HostName',
    config: 'Host web\n HostName web.example\nMatch host web.example\n Port 2\nMatch host web\n Port 3\n',
  },
  { name: 'that Match host expands %h', config: 'HostName %h.example\nMatch host web.example\n Port 2\n' },
  {
    name: 'Match originalhost',
    config: 'HostName other\nMatch originalhost web\n Port 2\nMatch originalhost other\n User x\n',
  },
  { name: 'Match user by the configuration', config: 'User alice\nMatch user alice\n Port 2\n' },
  { name: 'Match user by the caller', config: 'User bob\nMatch user alice\n Port 2\n', username: 'alice' },
  {
    name: 'that Match user does not see what comes later',
    config: 'Match user alice\n Port 2\nMatch all\n User alice\n',
  },
  { name: 'Match localuser', config: 'Match localuser nobody-here\n Port 2\nMatch localuser *\n Port 3\n' },
  {
    name: 'negated criteria',
    config: 'Match !host db\n Port 2\nMatch !host web\n User x\nMatch !user alice\n User y\n',
  },
  { name: 'a negated all', config: 'Match !all\n Port 2\nMatch all\n Port 3\n' },
  {
    name: 'several criteria',
    config: 'Match host w* user alice\n Port 2\nMatch host w* originalhost db\n User x\n',
    username: 'alice',
  },
  { name: 'criteria with =', config: 'Match host=w* user=alice\n Port 2\n', username: 'alice' },
  { name: 'a quoted criterion', config: 'Match host "w*,db"\n Port 2\n' },
  { name: 'a comment after Match', config: 'Match host web # the web\n Port 2\n' },
  { name: 'Match final', config: 'Match final\n Port 2\n User late\nMatch all\n User early\n' },
  {
    name: 'Match final after HostName',
    config: 'Host web\n HostName web.example\nMatch final host web.example\n Port 2\n',
  },
  {
    name: 'that the final pass shows Host the new name',
    config: 'Host web\n HostName web.example\nHost web.example\n Port 2\nMatch final\n User x\n',
  },
  {
    name: 'that without final there is one pass',
    config: 'Host web\n HostName web.example\nHost web.example\n Port 2\n',
  },
  { name: 'Match final all', config: 'Match final all\n Port 2\nHost web\n User x\n' },
  {
    name: 'Match final in a block that does not apply',
    config: 'Host db\n Match final\n Port 2\nHost web\n HostName w.example\nHost w.example\n Port 3\n',
  },
  { name: 'Match canonical without canonicalization', config: 'Match canonical\n Port 2\n' },
  {
    name: 'Match canonical in the pass that final asks for',
    config: 'Match canonical\n Port 2\nMatch final\n User x\n',
  },
  {
    name: 'CanonicalizeHostname without domains',
    config: 'CanonicalizeHostname yes\nHost web\n HostName web.example\nMatch canonical host web.example\n Port 2\n',
  },
  {
    name: 'lists in two passes',
    config:
      'SendEnv A B\nIdentityFile /k/one\nSetEnv X=1\nMatch final\n IdentityFile /k/two\n SendEnv C\n SetEnv Y=2\n',
  },
];

const includes: readonly ConfigCase[] = [
  { name: 'Include', config: 'Include {dir}/one\nPort 3\n', files: { one: 'Port 2\nUser one\n' } },
  { name: 'an Include that does not exist', config: 'Include {dir}/none {dir}/*.none\nPort 3\n' },
  {
    name: 'several files and a glob',
    config: 'Include {dir}/b {dir}/*.conf\n',
    files: { b: 'User b\n', '2.conf': 'Port 2\n', '1.conf': 'Port 1\nUser c\n' },
  },
  {
    name: 'a glob with [] and ?',
    config: 'Include {dir}/[!a]?.conf\n',
    files: { 'a1.conf': 'Port 1\n', 'b1.conf': 'Port 2\n', 'c12.conf': 'User c\n' },
  },
  {
    name: 'that a glob leaves out hidden files',
    config: 'Include {dir}/*\n',
    files: { '.hidden': 'Port 2\n', seen: 'User seen\n' },
  },
  {
    name: 'a glob over directories',
    config: 'Include {dir}/*/config\n',
    files: { 'x/config': 'Port 2\n', 'y/config': 'User y\n', z: 'Port 9\n' },
  },
  {
    name: 'a directory in a glob',
    config: 'Include {dir}/s*\n',
    files: { 'sub/inner': 'Port 2\n', sun: 'User sun\n' },
  },
  {
    name: 'Include in a Host that applies',
    config: 'Host web\n Include {dir}/one\n Port 3\n',
    files: { one: 'User one\nHost db\n Port 1\nHost w*\n Port 2\n' },
  },
  {
    name: 'Include in a Host that does not apply',
    config: 'Host db\n Include {dir}/one\n Port 3\n',
    files: { one: 'User one\nHost web\n Port 2\nMatch all\n User two\n' },
  },
  {
    name: 'that a Host inside does not outlive its file',
    config: 'Host web\n Include {dir}/one\n Port 3\n',
    files: { one: 'Host db\n User one\n' },
  },
  {
    name: 'nested Includes',
    config: 'Include {dir}/one\n',
    files: { one: 'Host w*\n Include {dir}/two\n Port 3\n', two: 'Match host web\n User two\n' },
  },
  {
    name: 'Include in Match final',
    config: 'Match final\n Include {dir}/one\nHost *\n Port 3\n',
    files: { one: 'Host w.example\n User one\n', two: '' },
  },
  {
    name: 'a Match that is undone by what it includes',
    config: 'Match user root\n Include {dir}/one\n Port 3\n',
    files: { one: 'User other\n' },
  },
];

const values: readonly ConfigCase[] = [
  { name: 'the port of the caller', config: 'Port 2\n', port: 2222 },
  { name: 'the user of the caller', config: 'User bob\n', username: 'alice' },
  {
    name: 'IdentityFile adding up',
    config: 'IdentityFile ~/.ssh/one\nHost web\n IdentityFile /k/two\n IdentityFile ~/.ssh/one\n',
  },
  { name: 'IdentityFile none', config: 'IdentityFile none\n' },
  { name: 'CertificateFile adding up', config: 'CertificateFile ~/.ssh/c1\nCertificateFile /k/c2\n' },
  {
    name: 'flags by all their words',
    config: 'IdentitiesOnly TRUE\nHashKnownHosts Yes\nPasswordAuthentication false\n',
  },
  {
    name: 'flags of authentication',
    config:
      'PubkeyAuthentication no\nChallengeResponseAuthentication no\nPreferredAuthentications publickey,password\n',
  },
  { name: 'StrictHostKeyChecking accept-new', config: 'StrictHostKeyChecking accept-new\n' },
  { name: 'StrictHostKeyChecking off', config: 'StrictHostKeyChecking OFF\n' },
  { name: 'StrictHostKeyChecking yes', config: 'StrictHostKeyChecking yes\n' },
  { name: 'ConnectTimeout', config: 'ConnectTimeout 1m30s\nConnectionAttempts 3\n' },
  { name: 'ConnectTimeout none, which sets nothing', config: 'ConnectTimeout none\nConnectTimeout 10\n' },
  { name: 'times in all units', config: 'ServerAliveInterval 1w2d3h4M5\nServerAliveCountMax 0\n' },
  { name: 'known hosts files', config: 'UserKnownHostsFile ~/one "/t/w o" %d/%n\nGlobalKnownHostsFile /g1 /g2\n' },
  { name: 'known hosts files none', config: 'UserKnownHostsFile none\nGlobalKnownHostsFile NONE\n' },
  { name: 'the first line of known hosts files', config: 'UserKnownHostsFile /one\nUserKnownHostsFile /two\n' },
  {
    name: 'SendEnv adding up and taking away',
    config: 'SendEnv LANG LC_*\nHost *\n SendEnv FOO -LC_* BAR\nSendEnv LANG\n',
  },
  { name: 'the first line of SetEnv', config: 'SetEnv A=1 B="two words" A=3\nSetEnv C=4\n' },
  { name: 'ForwardAgent yes', config: 'ForwardAgent yes\n' },
  { name: 'ForwardAgent with a socket', config: 'ForwardAgent ~/agent.%n\n' },
  { name: 'IdentityAgent none', config: 'IdentityAgent none\n' },
  { name: 'IdentityAgent with a socket', config: 'IdentityAgent ~/agent/%r@%h:%p\n' },
  { name: 'IdentityAgent with a variable', config: `IdentityAgent \${HAWSER_TEST_SOCK}.%u\n` },
  {
    name: 'AddressFamily, BindAddress and Compression',
    config: 'AddressFamily INET6\nBindAddress 192.0.2.9\nCompression yes\n',
  },
  {
    name: 'algorithms that replace',
    config:
      'Ciphers aes256-ctr,aes128-ctr\nMACs hmac-sha2-256\nKexAlgorithms curve25519-sha256\nHostKeyAlgorithms ssh-ed25519\n',
  },
  {
    name: 'algorithms that are added',
    config: 'Ciphers +aes128-cbc\nMACs +hmac-sha1-96\nHostKeyAlgorithms +ssh-rsa\nPubkeyAcceptedKeyTypes +ssh-rsa\n',
  },
  {
    name: 'algorithms that are taken away',
    config: 'Ciphers -aes128-ctr,aes192-ctr\nKexAlgorithms -curve25519-sha256\n',
  },
  {
    name: 'algorithms that come first',
    config: 'Ciphers ^aes256-gcm@openssh.com,aes128-cbc\nHostKeyAlgorithms ^ssh-ed25519\n',
  },
  {
    name: 'keywords without effect on us',
    config: 'LogLevel ERROR\nControlPath ~/c/%C\nLocalForward 80 localhost:80\nProtocol 2\nPort 2\n',
  },
  {
    name: 'unknown keywords that are ignored',
    config: 'IgnoreUnknown UseKey*,Foo\nUseKeyThing yes\nFoo bar\nPort 2\n',
  },
];

const proxies: readonly ConfigCase[] = [
  { name: 'ProxyJump', config: 'ProxyJump bastion\n' },
  { name: 'ProxyJump with a user and a port', config: 'ProxyJump bob@bastion:2222\n' },
  { name: 'ProxyJump with an @ in the user', config: 'ProxyJump bob@corp@bastion\n' },
  { name: 'a chain', config: 'ProxyJump one,bob@two:22,three\n' },
  { name: 'ProxyJump to IPv6', config: 'ProxyJump bob@[2001:db8::1]:2222\n' },
  { name: 'ProxyJump to IPv4', config: 'ProxyJump 192.0.2.1\n' },
  { name: 'ProxyJump as a URI', config: 'ProxyJump ssh://bob@bastion:2222\n' },
  { name: 'ProxyJump as a URI that ends in a slash', config: 'ProxyJump ssh://bastion/\n' },
  { name: 'ProxyJump with a comment', config: 'ProxyJump one,two # three\n' },
  { name: 'ProxyJump none before another', config: 'ProxyJump none\nProxyJump bastion\n' },
  { name: 'ProxyJump none before ProxyCommand', config: 'ProxyCommand none\nProxyJump bastion\n' },
  { name: 'ProxyJump before ProxyCommand', config: 'ProxyJump bastion\nProxyCommand nc x 1\n' },
  { name: 'ProxyCommand before ProxyJump', config: 'ProxyCommand nc x 1\nProxyJump bastion\n' },
  { name: 'ProxyCommand with quotes, = and #', config: 'ProxyCommand = nc "a b" --x=1 # not a comment\n' },
  {
    name: 'ProxyJump of a host that is not itself',
    config: 'Host bastion\n HostName b.example\nHost *\n ProxyJump bastion\n',
    host: 'bastion',
  },
];

/** Configurations that ssh accepts. */
export const accepted: readonly ConfigCase[] = [
  ...ordinary,
  ...corners,
  ...hosts,
  ...hostNames,
  ...matches,
  ...includes,
  ...values,
  ...proxies,
];

/** Configurations that ssh refuses, with the line that is to blame. */
export const refused: readonly (ConfigCase & { readonly line: number })[] = [
  { name: 'a keyword without an argument', config: 'Port 1\nUser\n', line: 2 },
  { name: 'an empty argument', config: 'User ""\n', line: 1 },
  { name: 'an extra argument', config: 'User alice bob\n', line: 1 },
  { name: 'a port that is none', config: 'Port none\n', line: 1 },
  { name: 'a port out of range', config: 'Port 65536\n', line: 1 },
  { name: 'an error in a block that does not apply', config: 'Host db\n\n Port 0\n', line: 3 },
  { name: 'a quote that is not closed', config: 'User "alice\n', line: 1 },
  { name: 'an unknown word', config: 'StrictHostKeyChecking maybe\n', line: 1 },
  { name: 'a flag that is none', config: 'IdentitiesOnly maybe\n', line: 1 },
  { name: 'a time that is none', config: 'ConnectTimeout 1x\n', line: 1 },
  { name: 'a number that is none', config: 'ServerAliveCountMax -1\n', line: 1 },
  { name: 'a number that is too large', config: 'ConnectionAttempts 2147483648\n', line: 1 },
  { name: 'no attempt at all', config: 'ConnectionAttempts 0\n', line: 1 },
  { name: 'an assignment in SendEnv', config: 'SendEnv A=1\n', line: 1 },
  { name: 'no assignment in SetEnv', config: 'SetEnv A\n', line: 1 },
  { name: 'none beside a file', config: 'UserKnownHostsFile none /x\n', line: 1 },
  { name: 'an empty Host pattern', config: 'Host web ""\n', line: 1 },
  { name: 'Match without criteria', config: 'Match # nothing\n', line: 1 },
  { name: 'Match host without a pattern', config: 'Match host\n', line: 1 },
  { name: 'Match all beside others', config: 'Match all host web\n', line: 1 },
  { name: 'ProxyJump to nobody', config: 'ProxyJump bob@\n', line: 1 },
  { name: 'ProxyJump by nobody', config: 'ProxyJump @bastion\n', line: 1 },
  { name: 'ProxyJump with a port that is none', config: 'ProxyJump bastion:x\n', line: 1 },
  { name: 'ProxyJump with a path', config: 'ProxyJump ssh://bastion/home\n', line: 1 },
  { name: 'ProxyJump with a slash for a colon', config: 'ProxyJump bastion/22\n', line: 1 },
  { name: 'ProxyJump to an option', config: 'ProxyJump ssh://-oX\n', line: 1 },
  { name: 'ProxyJump to IPv6 without brackets', config: 'ProxyJump 2001:db8::1\n', line: 1 },
  { name: 'ProxyJump to itself', config: 'ProxyJump web\n', line: 1 },
  { name: 'an unknown token', config: 'UserKnownHostsFile /k/%z\n', line: 1 },
  { name: 'an unknown token in HostName', config: 'HostName %p.example\n', line: 1 },
  { name: 'a variable that is not set', config: `IdentityAgent \${HAWSER_TEST_UNSET}\n`, line: 1 },
  {
    name: 'a file that includes itself',
    config: 'Include {dir}/loop\n',
    files: { loop: 'Include {dir}/loop\n' },
    line: 1,
  },
  { name: 'an error in an included file', config: 'Include {dir}/one\n', files: { one: 'User a\nPort x\n' }, line: 2 },
];
