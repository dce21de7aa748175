/** Files that a client reads before it connects, and what it asks of them. */
export interface LookupJob {
  readonly knownHosts: string;
  readonly sshConfig: string;
  /** The hosts that are asked for, and the key of each as it comes over the wire, in base64. */
  readonly hosts: readonly { readonly name: string; readonly key: string }[];
}
