import type { Profile } from '@aiwfe/api-client';
import { texts } from '#lib/messages/translate.svelte.ts';
import { theme } from '#lib/theme.svelte.ts';

const relativeUnits: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** The person's locale and time zone, and how dates and numbers are written with them. */
class Preferences {
  locale = $state(typeof navigator === 'undefined' ? 'en' : navigator.language);
  timeZone = $state<string | undefined>(undefined);

  /** Takes over what the profile says. */
  async apply(profile: Profile): Promise<void> {
    if (isLocale(profile.locale)) this.locale = profile.locale;
    if (isTimeZone(profile.time_zone)) this.timeZone = profile.time_zone;
    theme.choose(profile.theme);
    await texts.use(profile.locale);
  }

  /** For example "20 Nov 2026, 19:29". */
  dateTime(iso: string): string {
    return new Intl.DateTimeFormat(this.locale, {
      dateStyle: 'medium',
      timeStyle: 'short',
      timeZone: this.timeZone,
    }).format(new Date(iso));
  }

  /** For example "Fri, 20 Nov 2026, 19:29"; in a time zone that the browser may not know, else in the person's. */
  dayAndTime(iso: string, zone: string): string {
    const timeZone = isTimeZone(zone) ? zone : this.timeZone;
    const day = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
    return [day, { timeStyle: 'short' } as const]
      .map((part) => new Intl.DateTimeFormat(this.locale, { ...part, timeZone }).format(new Date(iso)))
      .join(', ');
  }

  /** For example "19:29:04". */
  time(iso: string): string {
    return new Intl.DateTimeFormat(this.locale, { timeStyle: 'medium', timeZone: this.timeZone }).format(
      new Date(iso),
    );
  }

  /** For example "3 hours ago". */
  relative(iso: string, nowMs = Date.now()): string {
    const seconds = (Date.parse(iso) - nowMs) / 1000;
    const format = new Intl.RelativeTimeFormat(texts.language, { numeric: 'auto' });
    const unit = relativeUnits.find(([, size]) => Math.abs(seconds) >= size);
    return unit ? format.format(Math.round(seconds / unit[1]), unit[0]) : format.format(0, 'second');
  }

  /** For example "3.4 MB". */
  bytes(sizeBytes: number): string {
    const power = Math.min(byteUnits.length - 1, Math.floor(Math.log10(Math.max(1, sizeBytes)) / 3));
    return new Intl.NumberFormat(this.locale, {
      style: 'unit',
      unit: byteUnits[power],
      unitDisplay: power === 0 ? 'long' : 'short',
      maximumFractionDigits: power < 2 ? 0 : 1,
    }).format(sizeBytes / 1000 ** power);
  }
}

function isLocale(locale: string): boolean {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return Boolean(timeZone && new Intl.DateTimeFormat('en', { timeZone }));
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export const preferences = new Preferences();
