import type { Earlier, Message, ToolCall } from './dto';

/** Where the folded part of a conversation ends, and what says so. */
export interface Fold {
  /** So many first turns are folded. */
  hidden: number;
  /** compared: with an earlier request; person: at the last message of one; none: nothing is folded. */
  basis: 'compared' | 'person' | 'none';
}

/**
 * What is new in a request: what no earlier one of its chat had, or where none is
 * known, what comes from the last message of a person on.
 */
export function foldOf(turns: readonly Message[], earlier: Earlier | null): Fold {
  if (earlier && earlier.id !== '' && earlier.turns > 0 && earlier.turns < turns.length) return { hidden: earlier.turns, basis: 'compared' };
  const begins = turns.findLastIndex((m) => m.role === 'user');
  // What nobody answered yet is all new: the texts of an embedding.
  return begins < 2 || turns.slice(0, begins).every((m) => m.role === 'user') ? { hidden: 0, basis: 'none' } : { hidden: begins, basis: 'person' };
}

/** What a person asked last in the folded part, if nobody asks in the rest. */
export function askedBefore(turns: readonly Message[], hidden: number): string {
  if (turns.slice(hidden).some((m) => m.role === 'user')) return '';
  const last = turns.slice(0, hidden).findLast((m) => m.role === 'user');
  return (last?.parts ?? []).filter((p) => p.type === 'text').map((p) => p.text).join(' ');
}

/** Which result belongs to which call: by the call's id, or where there are none by their order after it. */
export function resultsOf(turns: readonly Message[]): Map<ToolCall, Message> {
  const byId = new Map(turns.filter((m) => m.role === 'tool' && m.tool_call_id !== '').map((m) => [m.tool_call_id, m]));
  const pairs = new Map<ToolCall, Message>();
  turns.forEach((m, i) => {
    const next: Message[] = [];
    for (let n = i + 1; turns[n]?.role === 'tool'; n++) if (turns[n]!.tool_call_id === '') next.push(turns[n]!);
    for (const call of m.tool_calls) {
      const at = next.findIndex((r) => r.name === '' || r.name === call.name);
      const result = call.id === '' ? next.splice(at, at < 0 ? 0 : 1)[0] : byId.get(call.id);
      if (result) pairs.set(call, result);
    }
  });
  return pairs;
}

/** The turns from one on, without the results that are shown with their calls. */
export function standing(turns: readonly Message[], from: number, to: number, results: ReadonlyMap<ToolCall, Message>): Message[] {
  const shown = turns.slice(from, to);
  const paired = new Set(shown.flatMap((m) => m.tool_calls.map((c) => results.get(c))));
  return shown.filter((m) => !paired.has(m));
}
