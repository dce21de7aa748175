// Where the programs about devices find their testbed. They need two devices: `server`, a Linux machine with the paths
// mgmt (SSH), own (SSH by the system's ssh), console (telnet) and down (nobody listens there), and `router`, which runs
// FRRouting, with mgmt (SSH to vtysh), console (telnet), inside (telnet from the server) and down.
import process from 'node:process';

function findTestbed(): string {
  const file = process.argv[2] ?? process.env['LAB'];
  if (file !== undefined && file !== '') return file;
  console.error('Give the path of a testbed as argument or in LAB; "node scripts/lab.mjs" starts a lab and prints it.');
  process.exit(2);
}

/** The path of the testbed. */
export const testbedFile: string = findTestbed();
