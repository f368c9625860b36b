import { Link } from '@tanstack/react-router';
import { Boxes, ListTree } from 'lucide-react';
import { shortId } from '../../format/id';
import { MiddleTruncate } from '../../ui/middle-truncate';
import { RelativeTime } from '../../ui/time';
import { ServiceLink } from '../services/service-link';
import { keyOf, useRecentlyViewed, type Viewed } from './recently-viewed';
import './recently-viewed-list.css';

export function RecentlyViewedList() {
  const viewed = useRecentlyViewed((state) => state.viewed);
  return (
    <section className="recently-viewed" aria-labelledby="recently-viewed">
      <h2 id="recently-viewed">Recently viewed</h2>
      {viewed.length === 0 ? (
        <p>Traces and services that you open are listed here. Only this browser remembers them.</p>
      ) : (
        <ul>
          {viewed.map((each) => (
            <li key={keyOf(each)}>
              {each.kind === 'trace' ? <ListTree size={14} aria-hidden /> : <Boxes size={14} aria-hidden />}
              <ViewedLink viewed={each} />
              <RelativeTime ns={`${each.at}000000`} clock="browser" />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function ViewedLink({ viewed }: { viewed: Viewed }) {
  if (viewed.kind === 'service') {
    return (
      <ServiceLink name={viewed.service} search={viewed.env === undefined ? {} : { env: viewed.env }}>
        {viewed.service}
        {viewed.env !== undefined && <small>{viewed.env}</small>}
      </ServiceLink>
    );
  }
  return (
    <Link to="/trace/$traceId" params={{ traceId: viewed.traceId }} title={`Trace ${viewed.traceId}`}>
      <span>{viewed.service}</span>
      <MiddleTruncate text={viewed.resource} />
      <small>{shortId(viewed.traceId)}</small>
    </Link>
  );
}
