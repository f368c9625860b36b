import { useRouter } from '@tanstack/react-router';
import { Link2Off, X } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from '../ui/button';

// Says that the address the page was opened with had parts that mean nothing here. Links are made by people too.
export function LinkNotice() {
  const router = useRouter();
  const [misunderstood, setMisunderstood] = useState(router.options.context.misunderstood);
  if (misunderstood.length === 0) return null;
  return (
    <div className="notice" role="status">
      <Link2Off size={16} aria-hidden />
      <p>
        Part of this link was not understood and left out: <code>{misunderstood.join(', ')}</code>
      </p>
      <IconButton label="Dismiss" icon={<X size={14} aria-hidden />} onClick={() => setMisunderstood([])} />
    </div>
  );
}
