// Skeletons for tests: the mock server's scenarios, and random trees for properties that must hold for any trace.

import { seededRandom } from '../../dev/random.mjs';
import * as scenarios from '../../dev/scenarios.mjs';
import { skeletonOf } from '../../dev/skeleton.mjs';
import type { SpanBuilder } from '../../dev/span-builder.mjs';
import type { TraceSkeleton } from '../api/types';
import { buildTraceModel, type TraceModel } from '../viz/trace-model';

export const TRACE_ID = '6921a4c70000000067e1f2a03b4c5d6e';
const START_NS = 1_795_269_807_123_456_789n;

export type Scenario = (builder: SpanBuilder) => void;

export function traceOf(scenario: Scenario, seed = 1) {
  return scenarios.buildTrace(TRACE_ID, START_NS, seed, scenario);
}

export function skeletonFor(scenario: Scenario, seed = 1): TraceSkeleton {
  return skeletonOf(traceOf(scenario, seed));
}

export function modelFor(scenario: Scenario, seed = 1): TraceModel {
  return buildTraceModel(skeletonFor(scenario, seed));
}

// A tree of about `size` spans with overlaps, repetitions, failures and clock skew.
export function randomModel(seed: number, size: number): TraceModel {
  const random = seededRandom(seed * 7919);
  return modelFor((b) => {
    function grow(depth: number) {
      const children = depth > 9 ? 0 : random.between(0, 4);
      const body = () => {
        if (b.spans.length >= size) return;
        const name = random.pick(['query', 'call', 'render']);
        const facts = { failed: random.chance(0.05) };
        const span = b.span(random.pick(['web', 'db', 'queue']), name, name, facts, () => {
          b.wait(random.next());
          if (random.chance(0.2)) {
            for (let i = random.between(3, 9); i > 0; i--) b.span('db', 'query', 'SELECT 1', {}, () => b.wait(0.1));
          }
          grow(depth + 1);
        });
        if (random.chance(0.03)) span.start -= 500_000;
      };
      const bodies = Array.from({ length: children }, () => body);
      if (random.chance(0.4)) b.parallel(bodies);
      else for (const each of bodies) each();
    }
    b.span('web', 'request', 'GET /', {}, () => {
      while (b.spans.length < size) grow(1);
    });
  }, seed);
}
