import { copyText } from '../../core/copy';
import { api } from '../../state/app.svelte';
import { copies, loadSnippet } from '../../state/detail.svelte';
import { errorText, t } from '../../state/i18n.svelte';
import { requests } from '../../state/requests.svelte';
import { readLocal } from '../../state/stored';

/** What can be done to a row of the list without opening it, and what was said of it. */
export class RowAct {
  said = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;

  private say(text: string): void {
    clearTimeout(this.timer);
    this.said = text;
    this.timer = setTimeout(() => (this.said = ''), 2500);
  }

  /** Stars it, or takes the star away. */
  async star(id: string): Promise<void> {
    try {
      const { mark } = await api.detail(id);
      const { starred } = await api.setMark(id, { ...mark, starred: !mark.starred });
      requests.starred(id, starred);
      this.say(t(starred ? 'mark.starred' : 'mark.unstarred'));
    } catch (e) {
      this.say(errorText(e));
    }
  }

  /** Copies it in the form that was chosen last. */
  async copy(id: string): Promise<void> {
    const as = copies.find((c) => c === readLocal('copy', 'curl')) ?? 'curl';
    const row = requests.list.row(requests.list.find(id));
    const form = as === 'ollama' && row?.kind !== 'ollama' ? 'curl' : as;
    try {
      const done = await copyText(await loadSnippet(id, form));
      this.say(done ? t('requests.copied', { as: t(`detail.as.${form}`) }) : t('common.copy_failed'));
    } catch (e) {
      this.say(errorText(e));
    }
  }
}
