import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a server that trusts a certificate authority is told, and what its clients are given. */
export interface Certificates {
  /** Settings of sshd_config(5). */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** Key file that no account knows; the certificate beside it, `…-cert.pub`, lets it in. */
  readonly identity: string;
  /** A known_hosts file with nothing but the authority of the host's certificates, as `@cert-authority`. */
  readonly knownHosts: string;
}

/** What the certificates of a server say. */
export interface CertificateRequest {
  /** Where all files of it go. */
  readonly directory: string;
  /** Names that the user's certificate is good for. */
  readonly principals: readonly string[];
  /** Private keys of the host, each of which gets a certificate. */
  readonly hostKeys: readonly string[];
  /** What known_hosts calls the host. */
  readonly pattern: string;
}

/** Makes one authority for users and one for hosts (ssh-keygen(1), CERTIFICATES), and what they sign. */
export async function makeCertificates(request: CertificateRequest): Promise<Certificates> {
  const { directory, principals, hostKeys, pattern } = request;
  const [users, hosts, identity] = await Promise.all(
    ['user_ca', 'host_ca', 'id_certified'].map(async (name) => {
      const file = join(directory, name);
      await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
      return file;
    }),
  );
  if (users === undefined || hosts === undefined || identity === undefined) throw new Error('no keys');
  await run('ssh-keygen', ['-q', '-s', users, '-I', 'rig-user', '-n', principals.join(','), `${identity}.pub`]);
  for (const key of hostKeys) {
    await run('ssh-keygen', ['-q', '-s', hosts, '-I', 'rig-host', '-h', '-n', '127.0.0.1', `${key}.pub`]);
  }
  const knownHosts = join(directory, 'known_hosts_ca');
  await writeFile(knownHosts, `@cert-authority ${pattern} ${await readFile(`${hosts}.pub`, 'utf8')}`);
  return {
    settings: [
      ['TrustedUserCAKeys', `${users}.pub`],
      ...hostKeys.map((key) => ['HostCertificate', `${key}-cert.pub`] as const),
    ],
    identity,
    knownHosts,
  };
}
