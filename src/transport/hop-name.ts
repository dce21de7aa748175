/** `host:port`, IPv6 in brackets: how a machine on the way is called in errors and traces. */
export function hopName(machine: { readonly host: string; readonly port: number }): string {
  return machine.host.includes(':') ? `[${machine.host}]:${machine.port}` : `${machine.host}:${machine.port}`;
}
