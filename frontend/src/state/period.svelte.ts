import { bounds, follows, parsePeriod, periods, plan, withPeriod, type Period, type Plan } from '../core/period';
import { app } from './app.svelte';
import { readLocal, writeLocal } from './stored';

/** A period as it is now, and how graphs of it are cut. */
export interface Span {
  from: number;
  to: number;
  cut: Plan;
}

/** The period of the pages with graphs: the address's, else the one chosen last. */
class Chosen {
  private readonly text = $derived(withPeriod(new URLSearchParams(), parsePeriod(app.route.query, periods.find((p) => p === readLocal('period', '24h')))).toString());
  readonly period = $derived<Period>(parsePeriod(new URLSearchParams(this.text)));

  /** Changes with the period, and not with the rest of the address. */
  get key(): string {
    return this.text;
  }

  get follows(): boolean {
    return follows(this.period, Date.now());
  }

  span(now = Date.now()): Span {
    const { from, to } = bounds(this.period, now);
    return { from, to, cut: plan(from, to) };
  }

  /** Shows another period on the present page; back shows the old one again. */
  choose(p: Period): void {
    if (p.name !== 'custom') writeLocal('period', p.name);
    app.go(app.route.place, app.route.id, withPeriod(app.route.query, p));
  }

  /** The period's part of an address. */
  query(): URLSearchParams {
    return new URLSearchParams(this.text);
  }
}

export const chosen = new Chosen();
