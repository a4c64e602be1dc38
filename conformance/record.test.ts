import { describe, expect, it } from 'vitest';
import {
  composeHooks,
  createRecorder,
  EVIDENCE_BODY_MAX,
  evidenceCleaner,
  evidencePrinter,
  rpcName,
} from './record.ts';
import type { Recorded } from './types.ts';
import type { WorldHooks } from './world.ts';

const TARGET = {
  maas: { url: 'http://127.0.0.1:5240/MAAS/', apiKey: 'consumerkey:tokenkey:secretkey' },
  controller: {
    address: '127.0.0.1:17070',
    caCert: '',
    user: 'admin',
    password: 'hunter22',
    uuid: 'u',
  },
};
const clean = evidenceCleaner(TARGET, (text) => text);

describe('recorder', () => {
  it('keeps requests and answers and hands both on unchanged', async () => {
    const recorder = createRecorder();
    const fetch = recorder.hooks.maas!(async (request) => {
      return new Response(`got ${await request.text()}`, { status: 409 });
    });
    const answer = await fetch(
      new Request('http://h/MAAS/api/2.0/machines/?op=allocate', { method: 'POST', body: 'mem=1' }),
    );
    expect(await answer.text()).toBe('got mem=1');
    expect(recorder.recorded).toMatchObject([
      {
        what: 'POST /MAAS/api/2.0/machines/?op=allocate',
        requestBody: 'mem=1',
        status: 409,
        answerBody: 'got mem=1',
      },
    ]);
  });

  it('names a call however its keys are spelt', () => {
    expect(rpcName({ type: 'Pinger', version: 1, request: 'Ping' })).toBe('Pinger(1).Ping');
    expect(rpcName({ Type: 'Pinger', Request: 'Ping' })).toBe('Pinger(0).Ping');
  });
});

describe('composeHooks', () => {
  const mark = (name: string): WorldHooks => ({
    maas: (next) => async (request) =>
      new Response(`${name}(${await (await next(request)).text()})`),
    controllerReply: (_request, reply) => ({ by: `${name}(${reply.by})` }),
  });
  const both = composeHooks(mark('outer'), mark('inner'));

  it('puts the first nearest to the wire', async () => {
    const answer = await both.maas!(async () => new Response('fake'))(new Request('http://h/'));
    expect(await answer.text()).toBe('outer(inner(fake))');
    expect(both.controllerReply!({}, { by: 'fake' })).toEqual({ by: 'outer(inner(fake))' });
  });

  it('keeps what only one of them has', () => {
    expect(Object.keys(composeHooks({}, mark('inner')))).toEqual(['maas', 'controllerReply']);
  });
});

describe('evidence', () => {
  it('holds no part of a key and no password', () => {
    const text = clean('key consumerkey:tokenkey:secretkey, alone secretkey, and hunter22');
    for (const secret of ['consumerkey', 'tokenkey', 'secretkey', 'hunter22']) {
      expect(text).not.toContain(secret);
    }
  });

  it('is equal for two runs that differ in ports and times', () => {
    const first = clean('http://127.0.0.1:5240/MAAS/ at 2026-01-02T03:04:05.678Z "port":17070');
    const other = evidenceCleaner(
      { maas: { ...TARGET.maas, url: 'http://127.0.0.1:9/MAAS/' } },
      (text) => text,
    )('http://127.0.0.1:9/MAAS/ at 2027-05-06T07:08:09Z "port":17070');
    expect(first.replace('"port":0', '')).toBe(other.replace('"port":17070', ''));
    expect(clean('Date: Mon, 23 Nov 2026 23:55:29 GMT')).toBe('Date: <time>');
  });

  it('never shows the signature of a request', () => {
    const one: Recorded = {
      service: 'maas',
      what: 'GET /MAAS/api/2.0/zones/',
      requestHeaders: { authorization: 'OAuth oauth_signature="%26somethingelse"' },
      requestBody: '',
      status: 200,
      answerHeaders: { 'content-type': 'application/json', 'retry-after': '5' },
      answerBody: 'x'.repeat(EVIDENCE_BODY_MAX * 2),
    };
    const shown = evidencePrinter(TARGET, (text) => text)(one);
    expect(shown.request).toBe('GET /MAAS/api/2.0/zones/\nauthorization: OAuth (signed)');
    expect(shown.answer).toContain('retry-after: 5');
    expect(shown.answer.length).toBeLessThan(EVIDENCE_BODY_MAX + 100);
  });
});
