// Runs tests as if the computer stood elsewhere.

import { afterAll, beforeAll, describe } from 'vitest';

export function describeIn(zone: string, tests: () => void): void {
  describe(zone, () => {
    let before: string | undefined;
    beforeAll(() => {
      before = process.env.TZ;
      process.env.TZ = zone;
    });
    afterAll(() => {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    });
    tests();
  });
}
