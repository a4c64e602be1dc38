/**
 * Changes the shape of an answer's JSON on its way out: a field that is null, absent, of another
 * type, or a number in another form, in every object of a list or in one of many. With this the
 * schema differences that broke strict clients in the field come back byte for byte
 * (facts/field-cases FC-38, 39, 40, 49, 50). New values are JSON texts, since `3221094400.0` and
 * `3221094400` are one number to JavaScript and two to a typed decoder.
 */
import type { MaasRequestEffect } from '../points.ts';
import { type Answer, JSON_TYPE, jsonText } from './answers.ts';

export type Reshape = MaasRequestEffect & { readonly kind: 'reshape' };

/** The answer with its fields changed; one that is no JSON or refuses something stays as it is. */
export async function reshaped(answer: Answer, { set, leaveOut, item }: Reshape): Promise<Answer> {
  if (answer.status >= 300 || answer.contentType !== JSON_TYPE || answer.body === null) {
    return answer;
  }
  const whole: unknown = JSON.parse(await new Response(answer.body).text(), keepNumbers);
  const objects = Array.isArray(whole)
    ? whole.filter((_, i) => item === undefined || i === item)
    : [whole];
  let body = whole;
  for (const [path, text] of Object.entries(set)) {
    if (path === '') body = rawJson(text);
    else for (const one of objects) change(one, path.split('.'), text);
  }
  for (const path of leaveOut) {
    for (const one of objects) change(one, path.split('.'), undefined);
  }
  return { ...answer, body: jsonText(body) };
}

/** Sets or deletes the field at the end of a path, in every item where the path says `*`. */
function change(
  target: unknown,
  [first, ...rest]: readonly string[],
  text: string | undefined,
): void {
  if (typeof target !== 'object' || target === null || first === undefined) return;
  if (first === '*') {
    for (const one of Object.values(target)) change(one, rest, text);
  } else if (rest.length > 0) {
    change(Object.hasOwn(target, first) ? Reflect.get(target, first) : undefined, rest, text);
  } else if (text === undefined) {
    Reflect.deleteProperty(target, first);
  } else {
    // Defined, not assigned: a field may be called __proto__ in a fault file.
    const field = { value: rawJson(text), enumerable: true, configurable: true, writable: true };
    Object.defineProperty(target, first, field);
  }
}

interface RawJson {
  rawJSON?(text: string): unknown;
}

/** A value that is printed as `text`; objects and lists are parsed, for only they need no exact form. */
function rawJson(text: string): unknown {
  const value: unknown = JSON.parse(text, keepNumbers);
  return typeof value === 'number' ? ((JSON as RawJson).rawJSON?.(text) ?? value) : value;
}

/** Keeps the text of a number that would be printed otherwise, such as `1.0`. */
function keepNumbers(_: string, value: unknown, context?: { source?: string }): unknown {
  const text = context?.source;
  if (typeof value !== 'number' || text === undefined || String(value) === text) return value;
  return (JSON as RawJson).rawJSON?.(text) ?? value;
}
