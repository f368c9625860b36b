import type { ServiceRef } from '../api/types';
import { isRepeatedColor, slotStyle } from './service-color';
import './service-name.css';

export function ServiceSwatch({ slot }: { slot: number }) {
  const repeated = isRepeatedColor(slot) ? ' service-swatch-repeated' : '';
  return <span className={`service-swatch${repeated}`} style={slotStyle(slot)} aria-hidden />;
}

export function ServiceName({ service }: { service: ServiceRef }) {
  return (
    <span className="service-name" title={service.name}>
      <ServiceSwatch slot={service.slot} />
      <span className="service-name-text">{service.name}</span>
    </span>
  );
}
