import type { Dimension } from '../../core/api';
import type { Group } from '../../core/dto';
import { contextShare, errorShare, tokens } from '../../core/figures';
import { missing } from '../../core/format';
import { requestsLink } from '../../core/link';
import { formatHash } from '../../core/route';
import { fmt, t } from '../../state/i18n.svelte';
import type { Column } from '../../ui/DataTable.svelte';
import { costText, failedFilter, groupChange, pairText, tokensText, valueText } from './words';

type Name = 'requests' | 'change' | 'models' | 'users' | 'chats' | 'tokens' | 'input' | 'output' | 'cost' | 'unpriced' | 'estimated' | 'errors' | 'ttft' | 'speed' | 'prompt' | 'duration' | 'cold' | 'context' | 'share' | 'last' | 'trend';

/** The share of a context from which on it is as good as full. */
const full = 0.95;
const contextText = (s: { p50: number; p95: number } | null) => (s ? `${fmt().share(s.p50)} / ${fmt().share(s.p95)}` : missing);

/** The column of changes, where there is one to show: the log may not reach back so far. */
export const changed = (groups: readonly Group[]): Name[] => (groups.some((g) => g.before !== null) ? ['change'] : []);

/** The columns of tables of groups, by name. Total is the cost of all rows, for shares. */
export function columnsOf(names: Name[], by: Dimension, period: { from: number; to: number }, total: number | null = null): Column<Group>[] {
  const behind = (more: string) => (g: Group) => requestsLink({ [by]: g.value }, period.from, period.to, more);
  const some = (n: (g: Group) => number, more: string) => (g: Group) => (n(g) > 0 ? behind(more)(g) : '');
  // Of requests without a user, or without a model, theirs are not counted.
  const peers = (g: Group) => (g.value === '' ? missing : fmt().number(g.peers));
  const all: Record<Name, Omit<Column<Group>, 'key'>> = {
    requests: { label: t('figures.requests'), sort: (g) => g.figures.requests, text: (g) => fmt().number(g.figures.requests), href: behind('') },
    change: { label: t('figures.change'), hint: t('figures.before_hint'), text: (g) => groupChange(g) || missing },
    models: { label: t('nav.models'), sort: (g) => (g.value === '' ? null : g.peers), text: peers },
    users: { label: t('nav.users'), sort: (g) => (g.value === '' ? null : g.peers), text: peers },
    chats: { label: t('nav.chats'), hint: t('users.chats_hint'), sort: (g) => g.chats, text: (g) => fmt().number(g.chats), href: (g) => (g.value !== '' && (g.chats ?? 0) > 0 ? formatHash('chats', '', new URLSearchParams({ user: g.value })) : '') },
    tokens: { label: t('figures.tokens'), sort: (g) => tokens(g.figures), text: (g) => tokensText(g.figures, tokens(g.figures)) },
    input: { label: t('figures.in'), sort: (g) => g.figures.input_tokens, text: (g) => tokensText(g.figures, g.figures.input_tokens) },
    output: { label: t('figures.out'), sort: (g) => g.figures.output_tokens, text: (g) => tokensText(g.figures, g.figures.output_tokens) },
    cost: { label: t('figures.cost'), hint: t('figures.cost_hint'), sort: (g) => g.figures.cost, text: (g) => costText(g.figures), title: (g) => (g.figures.unpriced > 0 ? t('figures.plus_unpriced', { count: g.figures.unpriced }) : undefined) },
    share: { label: t('costs.share'), sort: (g) => g.figures.cost, text: (g) => fmt().share(total !== null && total > 0 && g.figures.cost !== null ? g.figures.cost / total : null) },
    unpriced: { label: t('costs.unpriced'), hint: t('costs.unpriced_hint'), sort: (g) => g.figures.unpriced, text: (g) => fmt().number(g.figures.unpriced), href: some((g) => g.figures.unpriced, 'is:unpriced') },
    estimated: { label: t('costs.estimated'), hint: t('costs.estimated_hint'), sort: (g) => g.figures.estimated_cost, text: (g) => fmt().number(g.figures.estimated_cost), href: some((g) => g.figures.estimated_cost, 'is:estimated-cost') },
    errors: { label: t('figures.errors'), sort: (g) => errorShare(g.figures), text: (g) => (g.figures.errors > 0 ? `${fmt().number(g.figures.errors)} (${fmt().share(errorShare(g.figures))})` : '0'), bad: (g) => g.figures.errors > 0, href: some((g) => g.figures.errors, failedFilter) },
    ttft: { label: t('figures.ttft'), hint: t('figures.pair_hint'), sort: (g) => g.figures.ttft.p50, text: (g) => pairText('time', g.figures.ttft) },
    duration: { label: t('figures.duration'), hint: t('figures.pair_hint'), sort: (g) => g.figures.duration.p50, text: (g) => pairText('time', g.figures.duration) },
    speed: { label: t('figures.tps'), hint: t('figures.speed_hint'), sort: (g) => g.figures.generation.p50, text: (g) => valueText('speed', g.figures.generation.p50) },
    prompt: { label: t('figures.prompt_tps'), hint: t('figures.prompt_hint'), sort: (g) => g.figures.prompt.p50, text: (g) => valueText('speed', g.figures.prompt.p50) },
    cold: { label: t('figures.cold'), sort: (g) => g.figures.cold_starts, text: (g) => fmt().number(g.figures.cold_starts), href: some((g) => g.figures.cold_starts, 'is:cold') },
    context: {
      label: t('figures.context'),
      hint: t('figures.context_hint'),
      sort: (g) => contextShare(g)?.p95 ?? null,
      text: (g) => contextText(contextShare(g)),
      title: (g) => (g.context ? t(`figures.context_of.${g.context.basis === 'table' ? 'table' : g.context.varied ? 'varied' : 'allocated'}`, { tokens: g.context.tokens }) : t('figures.context_of.none')),
      bad: (g) => (contextShare(g)?.p95 ?? 0) >= full,
    },
    last: { label: t('figures.last'), sort: (g) => g.last_at, text: (g) => fmt().when(g.last_at, Date.now()) },
    trend: { label: t('figures.trend'), text: (g) => t('figures.trend_words', { most: Math.max(0, ...g.trend) }), trend: (g) => g.trend },
  };
  const left: Name[] = ['trend', 'last'];
  return names.map((key) => ({ key, right: !left.includes(key), ...all[key] }));
}
