import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signedIn, type TestBrowser } from '../identity/client.ts';
import { createTestApp, type TestApp } from '../test-app.ts';

interface Listed {
  items: { id: string; name: string; sample: boolean }[];
}

let app: TestApp;
let ada: TestBrowser;

beforeAll(async () => {
  app = await createTestApp({ guard: 'real' });
  ada = (await signedIn(app, 'ada@example.org')).browser;
});
afterAll(() => app.stop());

const get = async <Body>(url: string): Promise<Body> =>
  (await ada.request('GET', `/api/v1${url}`)).json() as Body;
const samples = async () => (await get<Listed>('/workflows')).items.filter((one) => one.sample);

describe('the sample workflow', () => {
  it('is there for a new account, in the language that it chooses', async () => {
    await expect.poll(samples).toHaveLength(1);
    const [english] = await samples();
    // The sample document is made beside the workflow; the language changes what is there.
    await expect.poll(async () => (await get<{ items: unknown[] }>('/documents')).items).toHaveLength(1);
    await ada.request('PATCH', '/api/v1/profile', { json: { locale: 'de' } });
    await expect.poll(async () => (await samples())[0]?.name).not.toBe(english?.name);
    expect(await samples()).toMatchObject([{ id: english?.id }]);
  });

  it('can run as it is, without an input and without a model', async () => {
    await vi.waitFor(
      async () => {
        const { items } = await get<{ items: { state: string }[] }>('/documents');
        expect(items.length > 1 && items.every(({ state }) => state === 'ready')).toBe(true);
      },
      { timeout: 120_000 },
    );
    const [sample] = await samples();
    const { problems } = await get<{ problems: unknown[] }>(`/workflows/${sample?.id}`);
    expect(problems).toEqual([]);
    const started = await ada.request('POST', `/api/v1/workflows/${sample?.id}/runs`, { json: {} });
    const { id } = started.json() as { id: string };
    const run = await vi.waitFor(
      async () => {
        const found = await get<{ status: string; output: string }>(`/runs/${id}`);
        expect(found.status).toBe('succeeded');
        return found;
      },
      { timeout: 120_000 },
    );
    expect(run.output).toContain('# Quellen');
    expect(run.output).toContain('## Willkommen in Ihrem Arbeitsbereich.md');
  });

  it('goes with the samples and does not come back', async () => {
    const answer = await ada.request('DELETE', '/api/v1/samples', { json: {} });
    expect(answer.json()).toEqual({ removed: 3 });
    expect(await samples()).toEqual([]);
    await ada.request('PATCH', '/api/v1/profile', { json: { locale: 'en' } });
    expect(await samples()).toEqual([]);
  });
});
