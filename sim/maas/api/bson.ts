/** The one answer that is BSON: a machine's details, two documents as bytes (facts/maas-api 3.2). */

/** A document of binary values and nulls. */
export function bsonDocument(
  fields: Readonly<Record<string, string | null>>,
): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(fields).flatMap(([name, text]) => {
    const key = Buffer.from(`${name}\0`, 'utf8');
    if (text === null) return [Buffer.from([NULL]), key];
    const bytes = Buffer.from(text, 'utf8');
    return [Buffer.from([BINARY]), key, int32(bytes.byteLength), Buffer.from([GENERIC]), bytes];
  });
  const body = Buffer.concat(parts);
  // The length counts itself and the closing zero.
  const whole = Buffer.concat([int32(body.byteLength + 5), body, Buffer.from([0])]);
  return new Uint8Array(whole);
}

const BINARY = 0x05;
const NULL = 0x0a;
const GENERIC = 0x00;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
