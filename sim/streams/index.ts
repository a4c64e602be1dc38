/** Agent metadata and binaries: publish, find, serve, mirror, verify, sign. */
export { createStreamsApp, type StreamsAppOptions } from './api/app.ts';
export { agentArchive, archiveFault, programName } from './archive.ts';
export { AgentFinder, findAgents, findAgentsOverHttp, localSource } from './find.ts';
export { layoutOf, preferredStreams, STREAMS } from './layout.ts';
export { MirrorError, type Mirrored, mirrorStreams, type ReadFile } from './mirror.ts';
export {
  agentMatrix,
  type PublishAgent,
  PublishError,
  type Published,
  publishAgents,
} from './publish.ts';
export { describeQuery } from './search.ts';
export { defaultSeries, osOf } from './series.ts';
export { createSigner, type KnownSignatures, type Signer } from './sign.ts';
export { DirectoryStore, MemoryStore } from './store.ts';
export type * from './types.ts';
export { type Finding, PUBLIC_KEY, type Verified, verifyStore } from './verify.ts';
