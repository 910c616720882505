import { expect, it, vi } from 'vitest';
import type { Event, Status } from '../core/dto';

vi.stubGlobal('location', { hash: '' });
const { api, app } = await import('./app.svelte');

it('counts each request once', async () => {
  vi.useFakeTimers();
  const receive = (e: Partial<Event>) => (app as unknown as { receive: (e: Partial<Event>) => void }).receive(e);
  const of = (exchanges: number) => ({ exchanges }) as Status;
  receive({ type: 'status', status: of(5) });
  receive({ type: 'exchange' });
  receive({ type: 'exchange' });
  await vi.advanceTimersByTimeAsync(500);
  expect(app.status?.exchanges).toBe(7);

  receive({ type: 'exchange' });
  receive({ type: 'status', status: of(8) });
  await vi.advanceTimersByTimeAsync(500);
  expect(app.status?.exchanges).toBe(8);

  // All are deleted just after one was stored, and the status is asked for.
  vi.spyOn(api, 'status').mockResolvedValue(of(0));
  receive({ type: 'exchange' });
  receive({ type: 'changed', what: 'deleted' });
  await vi.advanceTimersByTimeAsync(500);
  expect(app.status?.exchanges).toBe(0);
});
