import type { Budget } from '../../core/dto';
import { t } from '../../state/i18n.svelte';
import { groupName } from '../graphs/words';

export const scopes = ['all', 'model', 'user', 'task', 'upstream'] as const;
export type BudgetScope = (typeof scopes)[number];

export function scopeName(b: Budget): string {
  const scope = scopes.find((s) => s === b.scope) ?? 'all';
  return scope === 'all' ? t('costs.scope.all') : t('costs.scope_of', { scope: t(`costs.scope.${scope}`), value: groupName(scope, b.value) });
}

export const keyOf = (b: Budget) => `${b.scope} ${b.value}`;
