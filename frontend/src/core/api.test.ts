import { describe, expect, it } from 'vitest';
import { Api, ApiError } from './api';
import { noFilter } from './filter';

function answering(status: number, body: string) {
  const calls: { path: string; init: RequestInit | undefined }[] = [];
  const api = new Api(async (path, init) => {
    calls.push({ path, init });
    return new Response(body, { status });
  });
  return { api, calls };
}

const failure = async (p: Promise<unknown>) => p.then(() => null, (e: unknown) => e as ApiError);

describe('Api', () => {
  it('asks for a page by anchor', async () => {
    const { api, calls } = answering(200, '{"rows":[],"more":false}');
    await api.page({ ...noFilter, q: 'a b model:x/y:1' }, { from_id: 'i', limit: 5 });
    expect(calls[0]?.path).toBe('/api/exchanges?q=a+b+model%3Ax%2Fy%3A1&from_id=i&limit=5');
  });

  it('makes lists that came as null empty', async () => {
    expect(await answering(200, '{"rows":null,"more":false}').api.page(noFilter, { limit: 1 })).toEqual({ rows: [], more: false });
    expect(await answering(200, '{"total":0,"step":1,"anchors":null}').api.index(noFilter)).toMatchObject({ anchors: [] });
    expect(await answering(200, 'null').api.live()).toEqual([]);
    const d = await answering(200, '{"row":{"notes":null},"messages":[{"parts":null,"tool_calls":null}],"params":null}').api.detail('x');
    expect(d).toMatchObject({ row: { notes: [] }, messages: [{ parts: [], tool_calls: [] }], answer: [], chunks: [], params: {} });
  });

  it('tells errors by code', async () => {
    const e = await failure(answering(409, '{"code":"port_used","message":"m","params":{"port":"1"}}').api.status());
    expect(e).toMatchObject({ code: 'port_used', params: { port: '1' }, status: 409, message: 'm' });
    expect(await failure(answering(502, '<html>').api.status())).toMatchObject({ code: 'http', params: { status: '502' } });
    expect(await failure(answering(200, '<html>').api.status())).toMatchObject({ code: 'bad_answer' });
    expect(await failure(new Api(() => Promise.reject(new TypeError('x'))).status())).toMatchObject({ code: 'offline' });
  });

  it('sends bodies as JSON and takes empty answers', async () => {
    const { api, calls } = answering(204, '');
    const none = new Api(async (path, init) => (calls.push({ path, init }), new Response(null, { status: 204 })));
    await none.deleteAll();
    expect(calls[0]?.init).toMatchObject({ method: 'POST', body: '{"confirm":"delete"}' });
    expect(api.bodyUrl('a/b', 'request', { decoded: true, limit: 9 })).toBe('/api/exchanges/a%2Fb/body/request?decoded=1&limit=9');
  });
});
