import { useState } from 'react';
import type { ServiceList } from '../../api/types';
import { distance } from '../../format/relative-time';
import { formatIso, millisOf } from '../../format/time';
import { Button } from '../../ui/button';
import { ServiceName } from '../../ui/service-name';
import { useServerNow } from '../../ui/use-now';
import { useZone } from '../../ui/zone';
import './silent-services.css';

const SHOWN_AT_FIRST = 50;

// Services that are known and have no request in the range; the one that was heard of last comes first.
export function SilentServices({ silent }: { silent: ServiceList['silent'] }) {
  // By the hour is all that is known of the older ones.
  const now = useServerNow();
  const zone = useZone();
  const [all, setAll] = useState(false);
  const newest = silent.toSorted((a, b) => Number(BigInt(b.last_seen_ns) - BigInt(a.last_seen_ns)));
  const shown = all ? newest : newest.slice(0, SHOWN_AT_FIRST);
  return (
    <section className="silent-services" aria-labelledby="silent-services">
      <h2 id="silent-services" className="services-section-title">
        Silent <small>{silent.length}</small>
      </h2>
      <ul>
        {shown.map((service) => (
          <li key={service.name}>
            <ServiceName service={service} />
            <time dateTime={formatIso(service.last_seen_ns, zone)} title={formatIso(service.last_seen_ns, zone)}>
              last seen {distance(Math.max(0, now - millisOf(service.last_seen_ns)))} ago
            </time>
          </li>
        ))}
      </ul>
      {shown.length < silent.length && <Button onClick={() => setAll(true)}>Show all {silent.length}</Button>}
    </section>
  );
}
