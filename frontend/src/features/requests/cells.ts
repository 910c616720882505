import { columnSpecs, type ColumnId } from '../../core/columns';
import type { Row } from '../../core/dto';
import { modelOf } from '../../core/filter';
import { missing } from '../../core/format';
import { fmt, t } from '../../state/i18n.svelte';
import { costOf, figure, tokensOf, type Figure } from '../../state/words';

export interface Cell extends Figure {
  number: boolean;
}

const plain = (text: string, title = text): Figure => ({ text: text === '' ? missing : text, title: text === '' ? t('common.missing') : title });

function figureOf(row: Row, column: ColumnId, now: number): Figure {
  switch (column) {
    case 'time':
      return { text: fmt().when(row.started_at, now), title: fmt().dateTime(row.started_at) };
    case 'model': {
      const asked = row.model_requested !== '' && row.model_requested !== row.model;
      return plain(modelOf(row), asked ? t('requests.asked', { model: row.model_requested }) : modelOf(row));
    }
    case 'user':
      return { text: row.user === '' ? missing : row.user, title: row.user === '' ? t('requests.no_user') : row.user };
    case 'tokens': {
      const { input, output } = tokensOf(row);
      return { text: `${input.text} / ${output.text}`, title: input.title ?? output.title };
    }
    case 'ttft':
      return figure(fmt().duration(row.ttft), '');
    case 'speed':
      return figure(fmt().speed(row.generation_tps), row.generation_tps_basis);
    case 'prompt_speed':
      return figure(fmt().speed(row.prompt_tps), row.prompt_tps_basis);
    case 'duration':
      return figure(fmt().duration(row.duration), '');
    case 'load':
      return figure(fmt().duration(row.load), '');
    case 'queue':
      return figure(fmt().duration(row.queue), row.queue_basis);
    case 'cost':
      return costOf(row);
    case 'cached':
      return figure(fmt().number(row.cached_tokens), row.tokens_basis);
    case 'reasoning':
      return figure(fmt().number(row.reasoning_tokens), row.tokens_basis);
    case 'status':
      return plain(row.http_status > 0 ? String(row.http_status) : '');
    case 'size':
      return figure(fmt().bytes(row.request_bytes + row.response_bytes), '');
    case 'upstream':
    case 'api':
    case 'path':
    case 'client':
    case 'chat':
    case 'finish':
      return plain(row[column]);
    default:
      return plain('');
  }
}

/** What a cell of a stored row shows. */
export function cellOf(row: Row, column: ColumnId, now: number): Cell {
  return { ...figureOf(row, column, now), number: column === 'time' || columnSpecs[column].number };
}
