import { describe, expect, it } from 'vitest';
import { allColumns, clampWidth, defaultLayout, fit, layoutText, moved, parseLayout, resized, toggled } from './columns';

describe('columns', () => {
  it('are kept and read again', () => {
    const l = { shown: ['model' as const, 'cost' as const], widths: { model: 222 } };
    expect(parseLayout(layoutText(l))).toEqual(l);
  });

  it('are the usual ones where what was kept makes no sense', () => {
    for (const text of ['', 'null', '[]', '{"shown":[]}', '{"shown":["nope"]}', '{"shown":5}']) expect(parseLayout(text)).toEqual(defaultLayout);
    expect(parseLayout('{"shown":["model","model","x"],"widths":{"model":1e9,"x":3,"cost":"a"}}')).toEqual({ shown: ['model'], widths: { model: clampWidth(1e9) } });
  });

  it('are as wide as was typed, within reason', () => {
    const wide = resized(defaultLayout, 'model', '250');
    expect(wide.widths).toEqual({ model: 250 });
    expect(resized(wide, 'model', '5').widths).toEqual({ model: clampWidth(0) });
    for (const text of ['', ' ', 'x']) expect(resized(wide, 'model', text).widths).toEqual({});
  });

  it('are shown, hidden and moved', () => {
    expect(toggled(defaultLayout, 'status').shown).toContain('status');
    expect(toggled(defaultLayout, 'model').shown).not.toContain('model');
    expect(toggled({ shown: ['model'], widths: {} }, 'model').shown).toEqual(['model']); // one stays
    expect(moved({ shown: ['state', 'time', 'model'], widths: {} }, 'model', -2).shown).toEqual(['model', 'state', 'time']);
    expect(moved({ shown: ['state', 'time'], widths: {} }, 'state', -1).shown).toEqual(['state', 'time']);
  });

  it('go by their importance where there is no room', () => {
    expect(fit(defaultLayout, 1280).columns).toEqual(defaultLayout.shown);
    const narrow = fit(defaultLayout, 700).columns;
    expect(narrow).not.toContain('upstream');
    expect(narrow).toEqual(expect.arrayContaining(['state', 'model', 'task']));
    expect(fit(defaultLayout, 10).columns).toHaveLength(1);
    expect(fit({ shown: allColumns, widths: {} }, 5000).columns).toEqual(allColumns);
  });

  it('have one that takes what is left', () => {
    expect(fit({ shown: ['state', 'model'], widths: { model: 200 } }, 900).template).toBe('104px minmax(200px, 1fr)');
    expect(fit({ shown: ['model', 'task'], widths: { model: 200 } }, 900).template).toBe('200px minmax(110px, 2.6fr)');
  });
});
