// Runs of five or more identical siblings, shown as one row: forty equal queries say more as "×40" than as forty rows.
//
// Identical is the same service, operation and resource. Siblings lie one behind the other in pre-order, so the members of
// a group with everything below them are one index range.

import type { TraceSkeleton } from '../api/types';

const GROUP_MIN = 5;

export interface SpanGroups {
  readonly count: number;
  // Index range of the group: first member, and one past the last member's subtree.
  readonly first: Int32Array;
  readonly end: Int32Array;
  readonly members: Int32Array;
  // Of the members' durations; more than the time from start to end when they overlap.
  readonly totalNs: Float64Array;
  readonly startNs: Float64Array;
  readonly endNs: Float64Array;
  // Failed spans among the members and below them.
  readonly errors: Int32Array;
  // By span: the group it is a member of, or -1.
  readonly memberOf: Int32Array;
}

interface Tree {
  count: number;
  parent: Int32Array;
  start: Float64Array;
  end: Float64Array;
  failed: Uint8Array;
  subtreeEnd: Int32Array;
  errorsBelow: Int32Array;
}

export function findSpanGroups(skeleton: TraceSkeleton, tree: Tree): SpanGroups {
  const { service, operation, resource } = skeleton.spans;
  const { count, parent, subtreeEnd } = tree;
  const memberOf = new Int32Array(count).fill(-1);
  const found: { first: number; end: number; members: number }[] = [];
  const seen = new Uint8Array(count);

  for (let i = 0; i < count; i++) {
    // Roots aren't grouped: several of them are a finding, not a repetition.
    if (seen[i] || parent[i] < 0) continue;
    let members = 1;
    let next = subtreeEnd[i];
    while (
      next < count &&
      parent[next] === parent[i] &&
      service[next] === service[i] &&
      operation[next] === operation[i] &&
      resource[next] === resource[i]
    ) {
      seen[next] = 1;
      members++;
      next = subtreeEnd[next];
    }
    if (members < GROUP_MIN) continue;
    for (let member = i; member < next; member = subtreeEnd[member]) memberOf[member] = found.length;
    found.push({ first: i, end: next, members });
  }

  return { ...sumUp(found, tree), memberOf };
}

function sumUp(found: readonly { first: number; end: number; members: number }[], tree: Tree) {
  const { start, end, failed, subtreeEnd, errorsBelow } = tree;
  const totalNs = new Float64Array(found.length);
  const startNs = new Float64Array(found.length);
  const endNs = new Float64Array(found.length);
  const errors = new Int32Array(found.length);
  found.forEach((group, g) => {
    startNs[g] = start[group.first];
    for (let member = group.first; member < group.end; member = subtreeEnd[member]) {
      totalNs[g] += end[member] - start[member];
      startNs[g] = Math.min(startNs[g], start[member]);
      endNs[g] = Math.max(endNs[g], end[member]);
      errors[g] += failed[member] + errorsBelow[member];
    }
  });
  return {
    count: found.length,
    first: Int32Array.from(found, (group) => group.first),
    end: Int32Array.from(found, (group) => group.end),
    members: Int32Array.from(found, (group) => group.members),
    totalNs,
    startNs,
    endNs,
    errors,
  };
}
