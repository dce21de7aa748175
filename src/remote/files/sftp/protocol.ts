/** The requests of SFTP version 3 (draft-ietf-secsh-filexfer-02 §3). */
export const Request = {
  INIT: 1,
  OPEN: 3,
  CLOSE: 4,
  READ: 5,
  WRITE: 6,
  LSTAT: 7,
  FSTAT: 8,
  SETSTAT: 9,
  FSETSTAT: 10,
  OPENDIR: 11,
  READDIR: 12,
  REMOVE: 13,
  MKDIR: 14,
  RMDIR: 15,
  REALPATH: 16,
  STAT: 17,
  RENAME: 18,
  READLINK: 19,
  SYMLINK: 20,
  EXTENDED: 200,
} as const;

/** Its answers. */
export const Response = {
  VERSION: 2,
  STATUS: 101,
  HANDLE: 102,
  DATA: 103,
  NAME: 104,
  ATTRS: 105,
  EXTENDED_REPLY: 201,
} as const;

/** How a request went (§7). */
export const Status = {
  OK: 0,
  EOF: 1,
  NO_SUCH_FILE: 2,
  PERMISSION_DENIED: 3,
  FAILURE: 4,
  BAD_MESSAGE: 5,
  NO_CONNECTION: 6,
  CONNECTION_LOST: 7,
  OP_UNSUPPORTED: 8,
} as const;

/** How a file is opened (§6.3). */
export const OpenFlag = {
  READ: 0x1,
  WRITE: 0x2,
  APPEND: 0x4,
  CREATE: 0x8,
  TRUNCATE: 0x10,
  EXCLUSIVE: 0x20,
} as const;

/** Which fields of ATTRS are there (§5). */
export const AttributeFlag = {
  SIZE: 0x1,
  OWNER: 0x2,
  PERMISSIONS: 0x4,
  TIMES: 0x8,
  EXTENDED: 0x80000000,
} as const;

/** OpenSSH's extensions that are used where a server offers them (OpenSSH's PROTOCOL, section 4). */
export const Extension = {
  RENAME: 'posix-rename@openssh.com',
  STATVFS: 'statvfs@openssh.com',
  LINK: 'hardlink@openssh.com',
  FSYNC: 'fsync@openssh.com',
  SET_LINK: 'lsetstat@openssh.com',
  LIMITS: 'limits@openssh.com',
  EXPAND: 'expand-path@openssh.com',
  COPY: 'copy-data',
} as const;

/** The longest packet that OpenSSH's sftp-server takes and sends, in bytes. */
export const LONGEST_PACKET: number = 256 * 1024;
