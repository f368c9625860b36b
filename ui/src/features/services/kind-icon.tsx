import {
  AppWindow,
  Box,
  Cog,
  Database,
  ExternalLink,
  Globe,
  Inbox,
  type LucideIcon,
  SquareFunction,
  Zap,
} from 'lucide-react';
import type { ServiceKind } from './service-kind';

const ICONS: Record<ServiceKind, LucideIcon> = {
  web: Globe,
  worker: Cog,
  database: Database,
  cache: Zap,
  queue: Inbox,
  function: SquareFunction,
  browser: AppWindow,
  external: ExternalLink,
  custom: Box,
};

export function KindIcon({ kind }: { kind: ServiceKind }) {
  const Icon = ICONS[kind];
  return <Icon size={14} strokeWidth={1.5} aria-hidden />;
}
