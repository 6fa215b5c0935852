import { afterEach, beforeEach } from 'vitest';
import {
  makeFolder,
  processesOf,
  type RunningServer,
  readHealth,
  startServer,
  until,
} from './running-server.ts';

type Place = Awaited<ReturnType<typeof makeFolder>>;

/** A folder for each test, and servers in it that end with the test; fails where a process is left. */
export function usePlace() {
  let place: Place;
  const servers: RunningServer[] = [];
  beforeEach(async () => {
    place = await makeFolder();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    await until('no process of the test is left', async () => (await processesOf(place.folder)).length === 0);
    await place.remove();
  });
  return {
    place: (): Place => place,
    /** Takes another folder, of this mode, instead. */
    async moveTo(mode: number): Promise<void> {
      await place.remove();
      place = await makeFolder(mode);
    },
    async start(port?: number): Promise<RunningServer> {
      const server = await startServer(place.data, port);
      servers.push(server);
      return server;
    },
  };
}

export const isHealthy = async (url: string): Promise<boolean> =>
  (await readHealth(url))?.status === 'healthy';
