import { fmt } from '../../state/i18n.svelte';
import type { Metric } from './series';

/** A figure of one metric as people read it. Times are microseconds. */
export function valueText(metric: Metric, v: number | null): string {
  if (metric === 'gen' || metric === 'prompt') return fmt().speed(v);
  return metric === 'requests' ? fmt().number(v) : fmt().duration(v);
}

/** The median and the p95, "–" where there is none. */
export function pairText(metric: Metric, low: number | null, high: number | null): string {
  return low === null ? valueText(metric, null) : `${valueText(metric, low)} / ${valueText(metric, high)}`;
}
