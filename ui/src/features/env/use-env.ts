// Which environment a screen is about: the address's, else the one with the newest traffic when the screen was opened.
//
// That one is kept from then on: two environments with traffic would take turns otherwise.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { bootstrapQuery } from '../../api/queries';

export interface EnvChoice {
  // Undefined: the server's choice, where none is known yet.
  env: string | undefined;
  // False until it is clear what to ask for.
  known: boolean;
  // The one with the newest traffic first.
  all: readonly string[];
}

export function useEnv(inAddress: string | undefined): EnvChoice {
  const { data, isPending } = useQuery(bootstrapQuery());
  const [usual, setUsual] = useState<string>();
  const all = data?.envs.map(({ name }) => name) ?? [];
  if (usual === undefined && data && all.length > 0) setUsual(data.default_env);
  return { env: inAddress ?? usual, known: inAddress !== undefined || !isPending, all };
}
