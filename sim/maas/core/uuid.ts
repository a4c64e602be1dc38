import type { RandomStream } from '../../kernel/random.ts';

/** A random (version 4) UUID drawn from the stream. */
export function uuid(stream: RandomStream): string {
  const hex = stream.hex(32);
  const variant = '89ab'[stream.int(0, 3)];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}
