import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type AttemptPlace, createAttemptAdmission } from './attempt-admission.ts';

const nobody = { address: '192.0.2.1', bringsDeviceToken: false };
const turns = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Begins attempts whose work ends when the test says so. */
function createWork(poolSize: number) {
  const admission = createAttemptAdmission(poolSize, { clock: { now: () => 1 } });
  let running = 0;
  const ends: (() => void)[] = [];
  const work = async (): Promise<void> => {
    running += 1;
    await new Promise<void>((resolve) => ends.push(resolve));
    running -= 1;
  };
  return {
    admission,
    work,
    get running() {
      return running;
    },
    begin: (origin = nobody, after: (place: AttemptPlace) => void = () => {}) =>
      admission.admit(origin, async (place) => {
        await place.begin(work);
        after(place);
      }),
    async endAll() {
      while (running > 0) {
        for (const end of ends.splice(0)) end();
        await turns();
      }
    },
  };
}

describe('S7: what attempts from unknown devices may hold of the database', () => {
  test('is a third of the connections; further ones wait, and too many are turned away', async () => {
    const work = createWork(12);
    const attempts = Array.from({ length: 205 }, () => work.begin());
    const settled = Promise.allSettled(attempts);
    await turns();
    expect(work.running).toBe(4);
    await work.endAll();
    const refused = (await settled).filter((each) => each.status === 'rejected');
    expect(refused.map((each) => (each as PromiseRejectedResult).reason)).toMatchObject([
      { code: 'auth.busy', status: 503 },
    ]);
  });

  test('who waited too long is turned away, and takes nobody’s place', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const work = createWork(3);
    const [running, late] = [work.begin(), work.begin()];
    const refused = expect(late).rejects.toMatchObject({ code: 'auth.busy', status: 503 });
    await turns();
    vi.advanceTimersByTime(4_999);
    const next = work.begin();
    vi.advanceTimersByTime(1);
    await refused;
    await work.endAll();
    await Promise.all([running, next]);
  });

  test('leaves half of them to attempts that bring a device token, a few from each address', async () => {
    const work = createWork(12);
    const attempts = Array.from({ length: 50 }, () => work.begin());
    const returning = Array.from({ length: 4 }, (_unused, index) =>
      work.begin({ address: `198.51.100.${index >> 1}`, bringsDeviceToken: true }),
    );
    await turns();
    expect(work.running).toBe(4 + 4);
    const fromOne = Array.from({ length: 20 }, () =>
      work.begin({ address: '203.0.113.1', bringsDeviceToken: true }),
    );
    await turns();
    expect(work.running).toBe(4 + 6);
    await work.endAll();
    await Promise.all([...attempts, ...returning, ...fromOne]);
  });

  test('an address whose tokens are of nobody has no more than others for a while', async () => {
    const work = createWork(12);
    const origin = { address: '203.0.113.1', bringsDeviceToken: true };
    for (let count = 0; count < 5; count++) {
      const attempt = work.begin(origin, (place) => place.settle(undefined));
      await work.endAll();
      await attempt;
    }
    const others = Array.from({ length: 4 }, () => work.begin());
    const next = work.begin(origin);
    await turns();
    expect(work.running).toBe(4);
    await work.endAll();
    await Promise.all([...others, next]);
  });

  test('evidence of a failure is never given up: it goes before new attempts', async () => {
    const work = createWork(3);
    const order: string[] = [];
    const first = work.admission.admit(nobody, async (place) => {
      place.settle(undefined);
      await work.work();
      await place.finish(async () => void order.push('evidence'));
    });
    const second = work.begin();
    const third = work.begin(nobody, () => order.push('next'));
    await turns();
    await work.endAll();
    await Promise.all([first, second, third]);
    expect(order).toEqual(['evidence', 'next']);
  });
});
