import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { RangeSearch } from '../time/time-range';

interface ServiceLinkProps {
  name: string;
  // What the service's page is to be about.
  search: RangeSearch & { env?: string };
  className?: string;
  children: ReactNode;
}

export function ServiceLink({ name, search, className, children }: ServiceLinkProps) {
  return (
    <Link
      to="/services/$service"
      params={{ service: name }}
      search={search}
      {...(className !== undefined && { className })}
    >
      {children}
    </Link>
  );
}
