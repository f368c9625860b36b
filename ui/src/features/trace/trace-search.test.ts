import { expect, test } from 'vitest';
import { readTraceSearch } from './trace-search';

test.each([
  [{ t0: '5', t1: '9' }, { t0: 5, t1: 9 }, []],
  [{ t0: '5' }, {}, ['t0']],
  [{ t0: '9', t1: '5' }, {}, ['t0', 't1']],
  [{ t0: '-9', t1: '5' }, {}, ['t0', 't1']],
  [{ by: 'service' }, {}, ['by']],
  [{ like: '00000000000000ff', by: 'service' }, { like: '00000000000000ff', by: 'service' }, []],
])('%j', (raw, search, misunderstood) => {
  expect(readTraceSearch(raw)).toEqual({ search, misunderstood });
});
