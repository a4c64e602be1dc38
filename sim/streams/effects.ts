/**
 * What a fault does to one answer of a metadata source, told once for both ways to read a source.
 * A delay changes no bytes: whoever has a clock waits for it.
 */
import type { SourceEffect } from './points.ts';
import type { SourceAnswer } from './types.ts';

/** The answer that a reader gets when `effect` befalls the true `answer`. */
export function applyEffect(answer: SourceAnswer, effect: SourceEffect | undefined): SourceAnswer {
  if (effect === undefined || effect.kind === 'delay') return answer;
  if (effect.kind === 'respond') {
    const body = new TextEncoder().encode(effect.body);
    return { kind: 'answered', status: effect.status, body };
  }
  if (effect.kind === 'drop') {
    return { kind: 'dropped', when: 'reading', why: 'the connection was cut' };
  }
  if (answer.kind === 'dropped') return answer;
  const body =
    effect.kind === 'truncate' ? answer.body.slice(0, effect.bytes) : corrupted(answer.body);
  return { ...answer, body };
}

/** The bytes with one bit of the middle one flipped. */
function corrupted(bytes: Uint8Array): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  const middle = damaged.length >> 1;
  if (damaged.length > 0) damaged[middle]! ^= 1;
  return damaged;
}
