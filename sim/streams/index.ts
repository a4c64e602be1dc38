/** Agent metadata and binaries: publish, find, serve, mirror, verify, sign. */
export { AgentFinder, findAgents, findAgentsOverHttp, localSource } from './find.ts';
export { layoutOf, preferredStreams, STREAMS } from './layout.ts';
export { agentMatrix, type PublishAgent, type Published, publishAgents } from './publish.ts';
export { describeQuery } from './search.ts';
export { osOf } from './series.ts';
export { createSigner, type KnownSignatures, type Signer } from './sign.ts';
export { DirectoryStore, MemoryStore } from './store.ts';
export type * from './types.ts';
