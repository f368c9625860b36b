// The help is for installations that have never seen a span. When the first one comes while somebody looks, the help stays
// to say so, until it is dismissed or the page is left.

import { useState } from 'react';
import type { Status } from '../../api/types';

export function useSetupHelpShown(status: Status | undefined): { shown: boolean; dismiss: () => void } {
  const [shown, setShown] = useState(false);
  if (status?.first_span_received === false && !shown) setShown(true);
  return { shown, dismiss: () => setShown(false) };
}
