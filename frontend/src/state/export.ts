import type { ExportRequest } from '../core/dto';
import { api, app } from './app.svelte';
import { readLocal, writeLocal } from './stored';

export type ExportOutcome = { kind: 'saved'; path: string; rows: number; left: Record<string, number> } | { kind: 'started' } | { kind: 'cancelled' };

export const formats = ['csv', 'jsonl', 'har', 'md', 'finetune'] as const;
export type Format = (typeof formats)[number];

/** What one chose last. */
export interface Choice {
  format: Format;
  bodies: boolean;
  bom: boolean;
  semicolon: boolean;
}

const usual: Choice = { format: 'csv', bodies: false, bom: false, semicolon: false };

/** Reads the kept choice; what makes no sense is as at first. */
export function lastChoice(): Choice {
  try {
    const v = JSON.parse(readLocal('export', '{}')) as Partial<Choice>;
    return { format: formats.find((f) => f === v.format) ?? 'csv', bodies: v.bodies === true, bom: v.bom === true, semicolon: v.semicolon === true };
  } catch {
    return usual;
  }
}

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
export async function exportRows(query: URLSearchParams, choice: Choice): Promise<ExportOutcome> {
  writeLocal('export', JSON.stringify(choice));
  const request: ExportRequest = { query: query.toString(), ...choice };
  if (!app.status?.window) {
    download(api.exportUrl(request));
    return { kind: 'started' };
  }
  const result = await api.exportWindow(request);
  return result.path === '' ? { kind: 'cancelled' } : { kind: 'saved', path: result.path, rows: result.rows, left: result.left ?? {} };
}
