/**
 * Reading a problem that came from outside (an `error-info` on the wire): either it has every fact
 * of a {@link Problem}, or it is none. Nothing is filled in.
 */
import { z } from 'zod';
import type { Problem } from './problem.ts';

const COMPONENT = z.enum(['client', 'controller', 'agent', 'machine', 'maas', 'streams']);

const PROBLEM = z.object({
  code: z.string(),
  component: COMPONENT,
  componentVersion: z.string().exactOptional(),
  origin: z.union([COMPONENT, z.enum(['operator', 'unknown'])]),
  operation: z.string(),
  wanted: z.string(),
  looked: z.array(z.object({ place: z.string(), outcome: z.string() })),
  found: z.array(z.string()),
  why: z.string(),
  scope: z.string(),
  permanence: z.enum(['permanent', 'transient', 'unknown']),
  changed: z.boolean(),
  next: z.array(z.object({ say: z.string(), command: z.string().exactOptional() })),
});

/** The problem in a value, or undefined when it is not a whole one. */
export function problemFrom(value: unknown): Problem | undefined {
  const read = PROBLEM.safeParse(value);
  return read.success ? read.data : undefined;
}
