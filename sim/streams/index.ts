/** Agent metadata and binaries: publish, find, serve, mirror, verify, sign. */
export type * from './types.ts';
