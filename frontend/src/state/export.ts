import { exportRequest, exportUrl, readChoice, type Choice, type Offer } from '../core/export';
import { api, app } from './app.svelte';
import { readLocal, writeLocal } from './stored';

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

/** Writes what a page offers, all rows of it: through a save dialog in the window, else as a download. */
export async function exportRows(offer: Offer, choice: Choice): Promise<ExportOutcome> {
  writeLocal('export', JSON.stringify(choice));
  const request = exportRequest(offer, choice);
  if (!app.status?.window) {
    download(exportUrl(request));
    return { kind: 'started' };
  }
  const result = await api.exportWindow(request);
  return result.path === '' ? { kind: 'cancelled' } : { kind: 'saved', path: result.path, rows: result.rows, left: result.left ?? {} };
}
