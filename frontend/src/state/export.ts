import { ApiError } from '../core/api';
import { exportRequest, exportUrl, follow, readChoice, type Choice, type Offer } from '../core/export';
import type { ExportRequest } from '../core/dto';
import { api, app } from './app.svelte';
import { readLocal, writeLocal } from './stored';

/** A browser does not say the path. */
export type ExportOutcome = { kind: 'saved'; path: string; rows: number; left: Record<string, number> } | { kind: 'started' } | { kind: 'cancelled' };

/** What one chose last. */
export const lastChoice = (): Choice => readChoice(readLocal('export', ''));

/** Starts a download in the way that a person's click on a link does. */
export function download(url: string): void {
  const a = document.createElement('a');
  a.href = url;
  a.download = '';
  document.body.append(a);
  a.click();
  a.remove();
}

/** What is watched of an export on its way. */
export interface Watch {
  /** Told how many rows were looked at. */
  rows: (n: number) => void;
  /** Ends it. */
  signal: AbortSignal;
}

/** Writes what a page offers, all rows of it: through a save dialog in the window, else as a download. */
export async function exportRows(offer: Offer, choice: Choice, watch: Watch): Promise<ExportOutcome> {
  writeLocal('export', JSON.stringify(choice));
  const request = exportRequest(offer, choice);
  return app.status?.window ? throughDialog(request, watch) : asDownload(request, watch);
}

async function throughDialog(request: ExportRequest, { rows, signal }: Watch): Promise<ExportOutcome> {
  const off = app.on((e) => {
    if (e.type === 'export' && e.export) rows(e.export.rows);
  });
  const cancel = () => void api.cancelExport().catch(() => undefined);
  signal.addEventListener('abort', cancel);
  try {
    const result = await api.exportWindow(request);
    return result.path === '' ? { kind: 'cancelled' } : { kind: 'saved', path: result.path, rows: result.rows, left: result.left ?? {} };
  } finally {
    off();
    signal.removeEventListener('abort', cancel);
  }
}

/** The browser writes the file, whatever its size; its page asks the program how far that is. */
async function asDownload(request: ExportRequest, { rows, signal }: Watch): Promise<ExportOutcome> {
  const job = Math.random().toString(36).slice(2);
  download(exportUrl(request, job));
  const end = await follow({
    state: () => api.exportState(job),
    cancel: () => api.cancelExport(job),
    rows,
    signal,
    pause: (ms) => new Promise((next) => setTimeout(next, ms)),
  });
  if (end === null) return { kind: 'started' };
  if (end.state !== 'done') throw new ApiError(end.state === 'cancelled' ? 'export_cancelled' : 'export_broke');
  return { kind: 'saved', path: '', rows: end.written, left: end.left };
}
