export { Connection, type ConnectionOptions, type ConnectionState, type ConnectOptions } from './connection/connection.js';
export { connect, type TargetLike } from './connection/create-connection.js';
export { LocalConnection } from './connection/local-connection.js';
export { SshConnection } from './connection/ssh-connection.js';
