import { t } from '../../state/i18n.svelte';
import { kinds } from './setup';

/** What kind of API an upstream speaks, in words. */
export function kindText(kind: string): string {
  const known = kinds.find((k) => k === kind);
  return known ? t(`setup.up.kind_${known}`) : t('setup.up.kind_other');
}
