export { CliConnection, type CliConnectionOptions } from './connection/cli-connection.js';
export {
  Connection,
  type ConnectionOptions,
  type ConnectOptions,
  type OpenedTransport,
} from './connection/connection.js';
export { type ConnectionClass, registerConnectionClass } from './connection/connection-class.js';
export type {
  ConnectionEntry,
  ConnectionManner,
  ConnectionRecord,
  TargetRecord,
} from './connection/connection-record.js';
export type { ConnectionEvents, ConnectionState, ReconnectAttempt } from './connection/connection-services.js';
export { copyBetween, type RemotePlace } from './connection/copy-between.js';
export { type ConnectToOptions, connect, type TargetLike } from './connection/create-connection.js';
export type { DeviceFacts } from './connection/device-facts.js';
export { LocalConnection } from './connection/local-connection.js';
export { OpenSshConnection, type OpenSshConnectionOptions } from './connection/open-ssh-connection.js';
export { FleetRun } from './connection/results/fleet-run.js';
export type { FoldableResult, FoldGroup, FoldOptions } from './connection/results/fold.js';
export type { HostOutcome, HostText, HostValue } from './connection/results/host-value.js';
export { MultiResult, type MultiResultRecord, PartialFailureError } from './connection/results/multi-result.js';
export { SshConnection, type SshConnectionOptions } from './connection/ssh-connection.js';
export { TelnetConnection } from './connection/telnet-connection.js';
export type { Abortable } from './core/abort.js';
export type { ReconnectOptions } from './core/backoff.js';
export type { CircuitBreakerOptions } from './core/circuit-breaker.js';
export type { CommandResult, Outcome } from './core/command-result.js';
export {
  type ChannelEvent,
  type ConnectStep,
  diagnostics,
  type ExecuteEvent,
  type JobEvent,
  type JobStep,
  type SessionEvent,
  type StateEvent,
} from './core/diagnostics.js';
export {
  AbortError,
  AliasError,
  type AuthAttempt,
  AuthError,
  ChannelError,
  type ChannelErrorReason,
  ClosedError,
  CommandError,
  ConnectError,
  type ConnectPhase,
  DeadlockError,
  DialogError,
  type DialogErrorReason,
  DisconnectedError,
  HostKeyError,
  PoolTimeoutError,
  ThrottledError,
  TimeoutError,
} from './core/errors.js';
export { FileError, type FileErrorOptions } from './core/file-error.js';
export { HawserError, OptionError, ParseError } from './core/hawser-error.js';
export type { Turns } from './core/hold.js';
export { JobError, type JobErrorOptions, type JobErrorReason } from './core/job-error.js';
export { Lease } from './core/lease.js';
export type { AcquireOptions } from './core/limiter.js';
export { type Lockable, type LockableMethod, locked } from './core/locked.js';
export { Mutex } from './core/mutex.js';
export { type Command, quote, sh } from './core/quote.js';
export type { SessionInfo } from './core/session-info.js';
export type { TransferSummary } from './core/transfer-summary.js';
export type { Broadcast } from './fleet/broadcast/broadcast.js';
export type { FleetFacets } from './fleet/broadcast/fleet-facets.js';
export type { FleetFs } from './fleet/broadcast/fleet-fs.js';
export type { FleetOs } from './fleet/broadcast/fleet-os.js';
export type { FleetPath } from './fleet/broadcast/fleet-path.js';
export type { AddOptions, ConnectionMap } from './fleet/connection-map.js';
export type { EachFunction } from './fleet/each-work.js';
export type { FleetExecuteOptions } from './fleet/execute-work.js';
export type { FleetEvent, StreamedResult } from './fleet/fleet-event.js';
export type { ConnectAllOptions, FleetOptions, FromConnectionsOptions, MultiOptions } from './fleet/fleet-options.js';
export { FleetStream } from './fleet/fleet-stream.js';
export type {
  FleetReadOptions,
  FleetTransfer,
  FleetTransferOptions,
  FleetTransferProgress,
} from './fleet/fleet-transfers.js';
export { MultiConnection } from './fleet/multi-connection.js';
export type {
  CredentialProvider,
  Credentials,
  FromRecordOptions,
  SlowCredentialProvider,
} from './fleet/record/credentials.js';
export type { LoadOptions } from './fleet/record/fleet-of-record.js';
export type { MultiRecord } from './fleet/record/multi-record.js';
export type { FleetBatch, GateScope, RollingOptions } from './fleet/rolling-options.js';
export type { SharedAuth, SharedAuthOptions } from './fleet/shared-auth.js';
export type { FleetStreamOptions } from './fleet/stream-work.js';
export type { TailedLine } from './fleet/tail/merge-lines.js';
export { MultiTailer, type MultiTailerEvents } from './fleet/tail/multi-tailer.js';
export type { DeviceCredential, DeviceCredentials } from './inventory/device-credentials.js';
export { formatTarget, redactTarget } from './inventory/format-target.js';
export type {
  DynamicForwardSpec,
  ForwardEnd,
  ForwardListen,
  ForwardSpec,
  LocalForwardSpec,
  RemoteForwardSpec,
} from './inventory/forward-spec.js';
export { HostSet } from './inventory/host-set/host-set.js';
export { parseForward } from './inventory/parse-forward.js';
export { parseTarget } from './inventory/parse-target.js';
export { loadPlatform, parsePlatform } from './inventory/platform/parse-platform.js';
export type {
  ModeStep,
  Platform,
  PlatformLogin,
  PlatformMode,
  PlatformPager,
  PlatformSecret,
  PlatformSigns,
  PlatformStatement,
} from './inventory/platform/platform.js';
export type { HostEntry } from './inventory/ssh-config/host-entry.js';
export type {
  Algorithms,
  AuthPrompt,
  HostKeyInfo,
  HostKeyPolicy,
  JumpHost,
  KeepAlive,
  SecretSource,
  Target,
  UnrecordedField,
} from './inventory/target.js';
export type { ConnectArgs, ConnectCall, InstantiateArgs } from './manager/connect-args.js';
export {
  type AliasOptions,
  ConnectionManager,
  type ManagedDevice,
  type ManagerEvents,
  type ManagerWarning,
} from './manager/connection-manager.js';
export type { ConnectionDefaults, ConnectionsBlock, ViaBlock } from './manager/connections-block.js';
export { Device } from './manager/device.js';
export type {
  AliasTypes,
  DeviceConstructor,
  DeviceMembers,
  DeviceOptions,
  DeviceRecord,
} from './manager/device-members.js';
export { Resolution, type ResolutionRecord, type ResolvedValue, type ValueSource } from './manager/resolution.js';
export type { ServicesOf } from './manager/services.js';
export { Testbed } from './manager/testbed.js';
export type {
  DeviceLike,
  TestbedCallOptions,
  TestbedConnectOptions,
  TestbedExecuteOptions,
  TestbedOptions,
} from './manager/testbed-options.js';
export { ConnectionPool, type PooledConnection } from './pool/connection-pool.js';
export type { OwnServiceNames } from './pool/own-services.js';
export { PoolLease } from './pool/pool-lease.js';
export type { AcquireWorkerOptions, PoolOptions, PoolStats } from './pool/pool-options.js';
export type { CliExecuteOptions, CliOptions, ConfigureOptions } from './remote/dialog/options.js';
export { frr } from './remote/dialog/platforms/frr.js';
export { iosLike } from './remote/dialog/platforms/ios-like.js';
export { linux } from './remote/dialog/platforms/linux.js';
export type { LineWaitOptions } from './remote/dialog/raw-dialog.js';
export type { Statement } from './remote/dialog/statement.js';
export type { DirectoryOptions } from './remote/directory/directory-host.js';
export type { RemoteDirectory } from './remote/directory/remote-directory.js';
export type { WriteData } from './remote/files/byte-source.js';
export type { ReadFileOptions, WriteFileOptions } from './remote/files/content.js';
export type { CpOptions } from './remote/files/copy-tree.js';
export type { Dir, OpendirOptions } from './remote/files/dir.js';
export type { MkdirOptions, ReaddirOptions } from './remote/files/directories.js';
export type { Dirent } from './remote/files/dirent.js';
export type { FileHandle, HandleReadOptions } from './remote/files/file-handle.js';
export type { GlobEntryOptions, GlobOptions } from './remote/files/glob.js';
export type { Position, SliceOptions } from './remote/files/handle-places.js';
export type { StatOptions, TimeLike } from './remote/files/metadata.js';
export { bytesFromName, nameFromBytes, type PathLike } from './remote/files/names.js';
export type { HandleReadStreamOptions, ReadStreamOptions, RemoteReadStream } from './remote/files/read-stream.js';
export { RemoteFs } from './remote/files/remote-fs.js';
export type { RmOptions } from './remote/files/remove.js';
export { type StatFs, Stats } from './remote/files/stats.js';
export type { WalkedDirectory, WalkOptions } from './remote/files/walk.js';
export type { HandleWriteStreamOptions, RemoteWriteStream, WriteStreamOptions } from './remote/files/write-stream.js';
export { Forward, type ForwardEvents, type ForwardReconnected } from './remote/forward/forward.js';
export type { ForwardOptions, ForwardType } from './remote/forward/plan-forward.js';
export type { PlatformPath } from './remote/paths/platform-path.js';
export type { PurePath, RelativeToOptions } from './remote/paths/pure-path.js';
export type {
  MakeDirectoryOptions,
  MissingOkOptions,
  ReadTextOptions,
  RemotePath,
  ResolveOptions,
  TouchOptions,
  WalkedPath,
} from './remote/paths/remote-path.js';
export type { PathText } from './remote/paths/route.js';
export type {
  ExecuteOptions,
  PtyOptions,
  RunOptions,
  ShellOptions,
  SpawnOptions,
  SudoOptions,
} from './remote/process/options.js';
export { RemoteProcess } from './remote/process/remote-process.js';
export { type Expected, Shell, type ShellWaitOptions } from './remote/process/shell.js';
export type { RemoteOs } from './remote/system/remote-os.js';
export type { TailNotice } from './remote/tail/tail-notice.js';
export type { TailEncoding, TailOptions } from './remote/tail/tail-options.js';
export { Tailer, type TailerEvents } from './remote/tail/tailer.js';
export type { EntryKind, EntryOutcome } from './remote/transfer/entry-outcome.js';
export type { Overwrite, TransferEntry, TransferOptions, Verify } from './remote/transfer/options.js';
export type { TransferProgress } from './remote/transfer/progress.js';
export { TransferError } from './remote/transfer/transfer-error.js';
export type { BrokerClient } from './session/broker/broker-client.js';
export type { BrokerPlace, SessionBrokerOptions } from './session/broker/broker-options.js';
export { SessionBroker, type SessionBrokerEvents } from './session/broker/session-broker.js';
export type { SharedPool, SharedPoolOptions } from './session/broker/shared-pool.js';
export { SessionCache, type SessionCacheEvents } from './session/session-cache.js';
export type { SessionCacheOptions } from './session/session-options.js';
export { closeAllConnections, sessions } from './session/sessions.js';
export type {
  Capability,
  DialTarget,
  ExecChannel,
  ExitStatus,
  LinkFacts,
  Listener,
  ListenTarget,
  Pty,
  Transport,
  TransportConnectOptions,
} from './transport/contract.js';
export { TelnetTransport, type TelnetTransportOptions } from './transport/telnet/telnet-transport.js';
