import type { Graph, Group } from '../../core/dto';

/** Where the month that begins at a time ends: where it was counted up to. */
export const monthEnd = (graph: Graph | null, at: number): number => graph?.steps.find((s) => s > at) ?? graph?.to ?? at;

/** The months of a graph that had requests, the newest first, as rows of a table; the value is the month's start. */
export function monthRows(graph: Graph): Group[] {
  return graph.slots.map((s): Group => ({ value: String(s.at), figures: s.figures, before: null, last_at: s.at, trend: [], peers: 0, chats: null, context: null })).reverse();
}
