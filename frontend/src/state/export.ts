import { filterQuery, type Filter } from '../core/filter';
import { api, app } from './app.svelte';

export type ExportOutcome = { kind: 'saved'; path: string; rows: number } | { kind: 'started' } | { kind: 'cancelled' };

/** Starts a download in the way that a person's click on a link does. */
export function download(url: string): void {
  const a = document.createElement('a');
  a.href = url;
  a.download = '';
  document.body.append(a);
  a.click();
  a.remove();
}

/** Writes all rows of a filter: through a save dialog in the window, else as a download. */
export async function exportRows(filter: Filter, bodies: boolean): Promise<ExportOutcome> {
  if (!app.status?.window) {
    download(api.exportUrl(filter, bodies));
    return { kind: 'started' };
  }
  const result = await api.exportWindow({ query: filterQuery(filter).toString(), bodies });
  return result.path === '' ? { kind: 'cancelled' } : { kind: 'saved', path: result.path, rows: result.rows };
}
