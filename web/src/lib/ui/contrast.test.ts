import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Rgb = [number, number, number];
const css = readFileSync(join(import.meta.dirname, '../../app.css'), 'utf8');

/** Linear sRGB of an OKLCH colour (CSS Color 4, 10.2 and 17.3), clipped to the gamut. */
function linearRgb(lightness: number, chroma: number, hueDegrees: number): Rgb {
  const hue = (hueDegrees * Math.PI) / 180;
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (value: number) => Math.min(1, Math.max(0, value));
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function tokensOf(theme: string): Map<string, Rgb> {
  const block = css.match(new RegExp(`\\[data-theme="${theme}"\\] \\{([^}]*)\\}`))?.[1] ?? '';
  const pattern = /--([\w-]+): oklch\(([\d.]+) ([\d.]+) ([\d.]+)\);/g;
  return new Map(
    [...block.matchAll(pattern)].map(([, name, l, c, h]) => [
      name ?? '',
      linearRgb(Number(l), Number(c), Number(h)),
    ]),
  );
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** Contrast ratio of WCAG 2.2, 1.4.3. */
function contrast(first: Rgb, second: Rgb): number {
  const [dark, light] = [luminance(first), luminance(second)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ['canvas', 'surface', 'raised', 'hover'];
const tones = ['accent', 'danger', 'warning', 'success', 'info'];
const textPairs = [
  ...grounds.flatMap((ground) => [
    ['ink', ground],
    ['muted', ground],
  ]),
  ...tones.flatMap((tone) => [
    [tone, 'canvas'],
    [tone, 'surface'],
    [tone, 'raised'],
    [tone, `${tone}-soft`],
    ['ink', `${tone}-soft`],
  ]),
  ['muted', 'accent-soft'],
  ['accent', 'hover'],
  ['danger', 'hover'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-strong'],
  ['on-danger', 'danger-fill'],
];
const controlPairs = grounds
  .filter((ground) => ground !== 'hover')
  .flatMap((ground) => [
    ['control-line', ground],
    ['accent', ground],
    ['faint', ground],
  ]);

describe.each(['dark', 'light'])('theme %s', (theme) => {
  const tokens = tokensOf(theme);
  const ratio = (front: string, back: string) => contrast(tokens.get(front)!, tokens.get(back)!);

  it.each(textPairs)('text %s on %s has a contrast of at least 4.5', (front, back) => {
    expect(ratio(front!, back!)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(controlPairs)('control %s on %s has a contrast of at least 3', (front, back) => {
    expect(ratio(front!, back!)).toBeGreaterThanOrEqual(3);
  });
});
