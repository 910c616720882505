import { defaultLayout, fit, layoutText, parseLayout, type Layout } from '../core/columns';
import { readLocal, writeLocal } from './stored';

/** The columns of the list, as this browser keeps them. */
class Columns {
  layout = $state.raw<Layout>(parseLayout(readLocal('columns', '')));
  /** Width of the list, px. */
  width = $state(1200);
  readonly fitted = $derived(fit(this.layout, this.width));

  set(layout: Layout): void {
    this.layout = layout;
    writeLocal('columns', layoutText(layout));
  }

  reset(): void {
    this.set(defaultLayout);
  }
}

export const columns = new Columns();
