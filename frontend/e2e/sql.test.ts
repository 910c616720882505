import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from './stage';

describe('SQL', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
    for (const prompt of ['one', 'two', '=three']) await stage.chat('quick:1b', prompt);
    await stage.row('=three').first().waitFor();
    await stage.page.locator('nav a[href^="#/sql"]').click();
    await stage.page.getByRole('button', { name: 'v_exchanges' }).waitFor();
  });
  afterAll(() => stage.close());

  const box = () => stage.page.getByRole('textbox', { name: 'SQL to run' });
  const ask = async (sql: string) => {
    await box().fill(sql);
    await box().press('Control+Enter');
  };

  it('answers with a table, a chart and CSV', async () => {
    await ask('SELECT model, count(*) AS requests FROM v_exchanges GROUP BY 1');
    await stage.page.getByRole('cell', { name: 'quick:1b' }).waitFor();
    await stage.page.getByRole('cell', { name: '3', exact: true }).waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('sql');
    await stage.page.getByRole('button', { name: 'Chart' }).click();
    await stage.page.locator('dl i').first().waitFor();
    await ask("SELECT strftime('%Y-%m-%dT%H:%M', started_at) || ':0' || row_number() OVER (ORDER BY started_at) AS at, input_tokens FROM v_exchanges ORDER BY 1 DESC");
    const chart = stage.page.locator('section.timechart');
    await chart.waitFor();
    await chart.locator('summary').click();
    await chart.getByRole('cell').first().waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await stage.picture('sql-chart');
    await stage.page.getByRole('button', { name: 'Table', exact: true }).click();
    await ask('SELECT prompt FROM v_exchanges ORDER BY started_at');
    await stage.page.getByRole('cell', { name: '=three' }).waitFor();
    await stage.page.getByRole('button', { name: 'Copy as CSV' }).click();
    expect((await stage.page.evaluate(() => navigator.clipboard.readText())).split(/\r?\n/)).toEqual(['prompt', 'one', 'two', "'=three", '']);
  });

  it('shows and copies whole numbers exactly', async () => {
    await ask('SELECT 9007199254740993 AS big, -9223372036854775807 - 1 AS small');
    await stage.page.getByRole('cell', { name: '9,007,199,254,740,993', exact: true }).waitFor();
    await stage.page.getByRole('cell', { name: '-9,223,372,036,854,775,808', exact: true }).waitFor();
    await stage.page.getByRole('button', { name: 'Copy as CSV' }).click();
    await stage.page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await stage.page.evaluate(() => navigator.clipboard.readText())).toBe('big,small\r\n9007199254740993,-9223372036854775808\r\n');
    for (const [kind, want] of [
      ['CSV', '\uFEFFbig,small\r\n9007199254740993,-9223372036854775808\r\n'],
      ['JSONL', '{"big":9007199254740993,"small":-9223372036854775808}\n'],
    ] as const) {
      const waiting = stage.page.waitForEvent('download');
      await stage.page.getByRole('button', { name: kind, exact: true }).click();
      const file = await waiting;
      expect(file.suggestedFilename()).toBe(`gumshoe-query.${kind.toLowerCase()}`);
      expect(await readFile(await file.path(), 'utf8')).toBe(want);
    }
  });

  it('says what each column is, and writes it into the query', async () => {
    const schema = stage.page.getByRole('complementary', { name: 'Views' });
    for (const more of (await schema.locator('summary').all()).slice(1)) await more.click();
    const columns = schema.getByRole('listitem');
    for (const text of await columns.allInnerTexts()) expect(text).toMatch(/\w+\s+(text|time|integer|real)( · \S+)?\s+\S+/);
    expect(await columns.count()).toBeGreaterThan(50);
    await columns.filter({ hasText: 'ttft_ms' }).first().getByText('real · ms').waitFor();
    expect(await stage.accessibility()).toEqual([]);
    await box().fill('SELECT ');
    await schema.getByRole('button', { name: 'ttft_ms', exact: true }).click();
    expect(await box().inputValue()).toBe('SELECT ttft_ms');
  });

  it('ends what would fill the disk, and says what to do', async () => {
    await ask("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) SELECT i || printf('%900000s', i) AS x FROM n ORDER BY x DESC");
    await stage.page.getByRole('alert').filter({ hasText: 'more than 512 MB' }).waitFor();
    await stage.picture('sql-room');
  });

  it('refuses what is not for queries, and says why', async () => {
    for (const sql of ['SELECT * FROM setting', 'DELETE FROM exchange', 'SELECT 1; SELECT 2', 'SELECT nonsense FROM v_exchanges']) {
      await ask(sql);
      await stage.page.getByRole('alert').filter({ hasText: 'Not answered' }).waitFor();
    }
  });

  it('ends what takes too long when one cancels', async () => {
    await ask('WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n');
    await stage.page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await ask('SELECT 42 AS answer');
    await stage.page.getByRole('cell', { name: '42' }).waitFor();
  });

  it('keeps queries under names', async () => {
    await stage.page.getByRole('button', { name: 'Saved queries' }).click();
    await stage.page.getByLabel('Name of this query').fill('The answer');
    await stage.page.getByRole('button', { name: 'Save this query' }).click();
    await stage.page.getByRole('button', { name: 'Delete the query The answer' }).waitFor();
    await stage.page.keyboard.press('Escape');
    await box().fill('');
    await stage.page.getByRole('button', { name: 'Saved queries' }).click();
    await stage.page.getByRole('button', { name: /^The answer/ }).click();
    expect(await box().inputValue()).toContain('42 AS answer');
    expect(stage.complaints.filter((c) => !c.includes('400'))).toEqual([]);
  });
});
