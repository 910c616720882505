import { describe, expect, it } from 'vitest';
import { formatHash, parseHash } from './route';

describe('route', () => {
  it.each(['#/requests', '#/requests/0198-ab', '#/requests/a%2Fb?text=x+y&model=m', '#/setup', '#/ollama', '#/settings', '#/overview?period=7d', '#/models/org%2Fllama3%3A8b', '#/users/ann%40example.org?period=month', '#/costs'])('reads and writes %s', (hash) => {
    const r = parseHash(hash);
    expect(formatHash(r.place, r.id, r.query)).toBe(hash);
  });
  it.each(['', '#', '#/', '#/nonesuch', '#/requests/%E0%A4%A', 'x'])('makes something of %s', (hash) => {
    expect(parseHash(hash)).toMatchObject({ place: 'requests', id: '' });
  });
  it('gives no id to places that have none', () => {
    expect(parseHash('#/setup/x').id).toBe('');
  });
});
