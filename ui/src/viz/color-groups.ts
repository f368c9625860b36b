// What spans are coloured by: their service, or another name they have in common. A group is one name with its colour and
// its figures; the legend lists the groups, and every drawing asks for the group of a span.

import type { TraceSkeleton } from '../api/types';

export const COLORINGS = ['service', 'host', 'container', 'type', 'kind'] as const;
export type Coloring = (typeof COLORINGS)[number];

const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

export interface ColorGroup {
  // "no host" for spans without such a name.
  readonly name: string;
  readonly slot: number;
  readonly spans: number;
  readonly errors: number;
  readonly execNs: number;
}

export interface ColorGroups {
  readonly by: Coloring;
  // Most execution time first.
  readonly groups: readonly ColorGroup[];
  // By index into the skeleton's table of that name.
  readonly ofIndex: Int32Array;
}

export function colorGroupsOf(skeleton: TraceSkeleton, by: Coloring): ColorGroups {
  if (by === 'service') {
    const groups = skeleton.services.map(({ name, slot, spans, errors, exec_ns }) => ({
      name,
      slot,
      spans,
      errors,
      execNs: exec_ns,
    }));
    return { by, groups, ofIndex: Int32Array.from(groups, (_, i) => i) };
  }
  const { spans } = skeleton;
  const names = namesOf(skeleton, by);
  const counts = names.map((name, index) => ({ name: name || `no ${by}`, index, spans: 0, errors: 0, execNs: 0 }));
  spans[by].forEach((index, span) => {
    counts[index].spans++;
    counts[index].errors += spans.error[span];
    counts[index].execNs += spans.exec_ns[span];
  });
  const met = counts.filter((group) => group.spans > 0).sort((a, b) => b.execNs - a.execNs);
  const ofIndex = new Int32Array(names.length).fill(-1);
  met.forEach((group, place) => {
    ofIndex[group.index] = place;
  });
  // There is no slot to remember for these names: the largest get the first colours.
  return { by, groups: met.map(({ index: _, ...group }, place) => ({ ...group, slot: place + 1 })), ofIndex };
}

// The group of each span of a skeleton that has the same tables: the whole trace's, or a part's.
export function groupOfSpans({ spans }: TraceSkeleton, { by, ofIndex }: ColorGroups): Int32Array {
  const column = spans[by];
  // A loop: a function for each of 100,000 spans takes ten times as long.
  const groupOf = new Int32Array(column.length);
  for (let i = 0; i < column.length; i++) groupOf[i] = ofIndex[column[i]];
  return groupOf;
}

function namesOf({ strings }: TraceSkeleton, by: Exclude<Coloring, 'service'>): readonly string[] {
  if (by === 'kind') return KINDS;
  return { host: strings.hosts, container: strings.containers, type: strings.types }[by];
}
