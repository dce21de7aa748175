const PLATFORMS: Readonly<Record<string, NodeJS.Platform>> = {
  AIX: 'aix',
  Darwin: 'darwin',
  FreeBSD: 'freebsd',
  Haiku: 'haiku',
  Linux: 'linux',
  NetBSD: 'netbsd',
  OpenBSD: 'openbsd',
  SunOS: 'sunos',
};

/** Node's name for a kernel that calls itself so (uname(1), -s); `undefined` for one that Node does not know. */
export function nodePlatform(sysname: string): NodeJS.Platform | undefined {
  if (/^(MINGW|MSYS)/.test(sysname)) return 'win32';
  return sysname.startsWith('CYGWIN') ? 'cygwin' : PLATFORMS[sysname];
}

const ARCHITECTURES: readonly (readonly [RegExp, string])[] = [
  [/^(x86_64|amd64)$/, 'x64'],
  [/^(aarch64|arm64)/, 'arm64'],
  [/^arm/, 'arm'],
  [/^(i[3-6]86|x86)$/, 'ia32'],
  [/^loongarch64$/, 'loong64'],
  [/^mips(64)?el$/, 'mipsel'],
  [/^mips/, 'mips'],
  [/^(ppc64|powerpc64)(le)?$/, 'ppc64'],
  [/^(ppc|powerpc)/, 'ppc'],
];

/** Node's name for a kind of processor (uname(1), -m); the kernel's own where Node has none. */
export function nodeArch(machine: string): string {
  return ARCHITECTURES.find(([kernel]) => kernel.test(machine))?.[1] ?? machine;
}

/** The order of bytes on a kind of processor (uname(1), -m). */
export function byteOrder(machine: string): 'BE' | 'LE' {
  return /^(s390|sparc|m68k|parisc|(ppc|powerpc)(64)?$|mips(64)?$|(aarch64|arm.*[^a-z])_?be$)/.test(machine)
    ? 'BE'
    : 'LE';
}
