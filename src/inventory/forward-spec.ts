/** One end of a forward: a port of a host, or a Unix socket by its path. */
export type ForwardEnd = { readonly host: string; readonly port: number } | { readonly socketPath: string };

/** Where a forward listens. Port 0, which is the default, lets the machine choose; the host `*` is every address of it. */
export type ForwardListen = { readonly host?: string; readonly port?: number } | { readonly socketPath: string };

/** Listens here and leads to what the far machine can reach, as `ssh -L`. */
export interface LocalForwardSpec {
  readonly type?: 'local';
  /** On this machine. Default: a free port of 127.0.0.1; others, such as `*` and `0.0.0.0`, let strangers in. */
  readonly listen?: ForwardListen;
  /** As seen from the far machine, which also looks the name up. */
  readonly to: ForwardEnd;
}

/** Listens on the far machine and leads to what this one can reach, as `ssh -R`. */
export interface RemoteForwardSpec {
  readonly type: 'remote';
  /** On the far machine. Default: a free port of its `localhost`. */
  readonly listen?: ForwardListen;
  /** As seen from this machine. */
  readonly to: ForwardEnd;
}

/** Listens here as a SOCKS proxy, whose clients say where to: what the far machine can reach, as `ssh -D`. */
export interface DynamicForwardSpec {
  readonly type: 'dynamic';
  /** On this machine. Default: a free port of 127.0.0.1. */
  readonly listen?: ForwardListen;
}

/** What is forwarded. */
export type ForwardSpec = LocalForwardSpec | RemoteForwardSpec | DynamicForwardSpec;
