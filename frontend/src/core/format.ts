/** Stands for a figure that is not known. Never 0. */
export const missing = '–';

type Maybe = number | null | undefined;

function known(v: Maybe): v is number {
  return v !== null && v !== undefined && Number.isFinite(v);
}

/** Words figures in one locale. All durations are microseconds. */
export class Formats {
  readonly locale: string;
  private readonly cache = new Map<string, Intl.NumberFormat>();
  private readonly dates = new Map<string, Intl.DateTimeFormat>();

  constructor(locale: string) {
    this.locale = locale;
  }

  private nf(options: Intl.NumberFormatOptions): Intl.NumberFormat {
    const key = JSON.stringify(options);
    let f = this.cache.get(key);
    if (!f) this.cache.set(key, (f = new Intl.NumberFormat(this.locale, options)));
    return f;
  }

  private df(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
    const key = JSON.stringify(options);
    let f = this.dates.get(key);
    if (!f) this.dates.set(key, (f = new Intl.DateTimeFormat(this.locale, options)));
    return f;
  }

  number(v: Maybe, digits = 0): string {
    return known(v) ? this.nf({ minimumFractionDigits: digits, maximumFractionDigits: digits }).format(v) : missing;
  }

  /** A whole number of any size, exactly. */
  whole(v: bigint): string {
    return this.nf({}).format(v);
  }

  /** Large numbers in short, for axes and tiles: 12.3K. */
  compact(v: Maybe): string {
    if (!known(v)) return missing;
    return this.nf({ notation: 'compact', maximumSignificantDigits: 3 }).format(v);
  }

  /** A part of a whole: one digit more below a tenth, so that a few of many are not 0 %. */
  share(v: Maybe): string {
    return known(v) ? this.nf({ style: 'percent', maximumFractionDigits: v !== 0 && Math.abs(v) < 0.0995 ? 1 : 0 }).format(v) : missing;
  }

  percent(v: Maybe): string {
    return known(v) ? this.nf({ style: 'percent', maximumFractionDigits: 0 }).format(v) : missing;
  }

  /** Tokens per second, without its unit. */
  speed(v: Maybe): string {
    if (!known(v)) return missing;
    return this.number(v, v >= 100 ? 0 : 1);
  }

  /** US dollars: cents from a cent up, two digits that count below. */
  cost(v: Maybe): string {
    if (!known(v)) return missing;
    const small = v !== 0 && Math.abs(v) < 0.01;
    return this.nf({
      style: 'currency',
      currency: 'USD',
      currencyDisplay: 'narrowSymbol',
      ...(v === 0 ? { maximumFractionDigits: 0 } : small ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: 2, maximumFractionDigits: v < 1 ? 4 : 2 }),
    }).format(v);
  }

  bytes(v: Maybe): string {
    if (!known(v)) return missing;
    const units = ['B', 'KB', 'MB', 'GB', 'TB'];
    let n = v;
    let u = 0;
    while (n >= 1000 && u < units.length - 1) {
      n /= 1000;
      u++;
    }
    return `${this.number(n, u === 0 || n >= 100 ? 0 : 1)} ${units[u] ?? 'B'}`;
  }

  duration(us: Maybe): string {
    if (!known(us)) return missing;
    if (us < 1000) return `${this.number(us)} µs`;
    const ms = us / 1000;
    if (ms < 10) return `${this.number(ms, 1)} ms`;
    if (ms < 999.5) return `${this.number(ms)} ms`;
    const s = ms / 1000;
    if (s < 9.995) return `${this.number(s, 2)} s`;
    if (s < 59.95) return `${this.number(s, 1)} s`;
    const whole = Math.round(s);
    if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
    const minutes = Math.round(s / 60);
    return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
  }

  /** So many of a unit, written out: 5 minutes. */
  unit(v: number, unit: string): string {
    return this.nf({ style: 'unit', unit, unitDisplay: 'long' }).format(v);
  }

  /** Time of day with seconds. */
  time(us: Maybe): string {
    return known(us) ? this.df({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(us / 1000) : missing;
  }

  /** Time of day for today, with the date before it for another day, the date alone for another year. */
  when(us: Maybe, now: number): string {
    if (!known(us)) return missing;
    const d = new Date(us / 1000);
    const today = new Date(now).toDateString() === d.toDateString();
    if (today) return this.time(us);
    if (new Date(now).getFullYear() !== d.getFullYear()) return this.df({ year: 'numeric', month: 'numeric', day: 'numeric' }).format(d);
    return `${this.df({ month: '2-digit', day: '2-digit' }).format(d)} ${this.df({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(d)}`;
  }

  /** Date and time in full. */
  dateTime(us: Maybe): string {
    return known(us) ? this.df({ dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' }).format(us / 1000) : missing;
  }

  compare(a: string, b: string): number {
    return a.localeCompare(b, this.locale, { numeric: true });
  }
}
