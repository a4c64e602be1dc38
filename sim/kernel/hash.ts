/** Integer hashing shared by randomness and trace: 32-bit mixes (murmur3's finaliser), no state. */

/** Mixes two 32-bit integers into one, every input bit affecting every output bit. */
export function mix32(a: number, b: number): number {
  let h = Math.imul(a ^ 0x2c1b3c6d, 0x85ebca6b) ^ Math.imul(b | 0, 0xc2b2ae35);
  h ^= h >>> 16;
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return (h ^ (h >>> 16)) | 0;
}

/** A 32-bit hash of a text's UTF-16 code units (FNV-1a, finished by {@link mix32}). */
export function hashText(text: string): number {
  let h = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h, text.length);
}
