/** Agent metadata and binaries: publish, find, serve, mirror, verify, sign. */
export { createStreamsApp } from './api/app.ts';
export { agentArchive, archiveFault, programName } from './archive.ts';
export { AgentFinder, findAgents, findAgentsOverHttp, localSource } from './find.ts';
export { layoutOf, preferredStreams } from './layout.ts';
export { MirrorError, mirrorStreams, type ReadFile } from './mirror.ts';
export {
  agentMatrix,
  type PublishAgent,
  PublishError,
  publishAgents,
} from './publish.ts';
export { defaultSeries, osOf } from './series.ts';
export { createSigner } from './sign.ts';
export { DirectoryStore, MemoryStore } from './store.ts';
export type * from './types.ts';
export { type Finding, PUBLIC_KEY, verifyStore } from './verify.ts';
