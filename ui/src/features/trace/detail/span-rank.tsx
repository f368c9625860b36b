// How long this span took among those of its resource, in the hour before it ended, with the way to that hour.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { spanRankQuery } from '../../../api/queries';
import type { SpanDetail } from '../../../api/types';
import { formatCountOf } from '../../../format/count';
import { formatPercent } from '../../../format/percent';
import { Fact } from '../fact';
import './span-facts.css';

const NS_PER_MS = 1_000_000n;
const HOUR_MS = 3_600_000;
// Statistics are kept by tens of seconds; the span's must be over.
const STEP_MS = 10_000;

export function SpanRank({ detail }: { detail: SpanDetail }) {
  const range = hourBefore(detail);
  const { data } = useQuery(spanRankQuery(detail, range));
  // Not all spans are counted: those inside of a service are not.
  if (!data) return null;
  const { service, env } = detail;
  return (
    <Fact name="Among its resource">
      <Link
        to="/services/$service/resources/$hash"
        params={{ service: service.name, hash: data.hash }}
        search={{ env, ...range }}
        title={`Of ${formatCountOf(data.requests, 'request')} in the hour before it ended. Opens the resource at that time.`}
      >
        {data.rank === null ? 'the hour before' : rankText(data.rank, data.requests)}
      </Link>
    </Fact>
  );
}

// Rounded down: what is slower than 99.996% is not slower than all.
export function rankText(rank: number, requests: number): string {
  if (requests <= 1) return 'the only one of the hour before';
  if (rank >= 1) return 'the slowest of the hour before';
  return `slower than ${formatPercent(Math.floor(rank * 1e4) / 100)} of the hour before`;
}

export function hourBefore({ start_ns, duration_ns }: SpanDetail): { from: string; to: string } {
  const endMs = Number(BigInt(start_ns) / NS_PER_MS) + duration_ns / 1e6;
  const to = (Math.floor(endMs / STEP_MS) + 1) * STEP_MS;
  return { from: new Date(to - HOUR_MS).toISOString(), to: new Date(to).toISOString() };
}
