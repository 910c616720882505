import type { Offer, TableName } from '../../core/export';
import type { Graph, Group, Groups } from '../../core/dto';
import { filterOf, noFilter } from '../../core/filter';
import { zoneQuery } from '../../core/period';

/** A table of a period and the requests behind it; rows is null where they are not all of them. */
export function tableOffer(of: TableName, from: number, to: number, rows: Pick<Group, 'figures'>[] | null): Offer {
  const range = { from: Math.round(from), to: Math.round(to) };
  const query = new URLSearchParams({ from: String(range.from), to: String(range.to) });
  if (of === 'month') for (const [k, v] of Object.entries(zoneQuery(to))) query.set(k, v);
  const total = rows?.reduce((n, r) => n + r.figures.requests, 0);
  return { requests: { ...noFilter, ...range }, part: true, tables: [{ of, query }], ...(total === undefined ? {} : { total }) };
}

export const groupsOffer = (g: Groups): Offer => tableOffer(g.by as TableName, g.from, g.to, g.more === 0 ? g.groups : null);

/** What the overview sums up: all its lists, with every row. */
export function overviewOffer(graph: Graph, by: readonly TableName[]): Offer {
  const tables = by.flatMap((of) => tableOffer(of, graph.from, graph.to, null).tables);
  return { requests: { ...noFilter, from: Math.round(graph.from), to: Math.round(graph.to) }, total: graph.total.requests, part: true, tables };
}

/** The requests behind a page of one model or one user. */
export function graphOffer(graph: Graph, field: string, value: string): Offer {
  return { requests: filterOf(field, [value], { from: Math.round(graph.from), to: Math.round(graph.to) }), total: graph.total.requests, part: true, tables: [] };
}
