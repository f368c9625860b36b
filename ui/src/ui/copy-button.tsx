import { Check, Copy, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button, IconButton } from './button';
import { type CopyState, useCopy } from './use-copy';

const SAID = { copied: 'Copied', failed: 'Not copied' };
const ICONS: Record<CopyState, ReactNode> = {
  idle: <Copy size={14} aria-hidden />,
  copied: <Check size={14} aria-hidden />,
  failed: <X size={14} aria-hidden />,
};

interface CopyButtonProps {
  // A function when the text depends on the moment, or has to be asked for.
  text: string | (() => string | Promise<string>);
  label: string;
  // With a caption it is a labelled button, without one an icon.
  caption?: string;
  className?: string;
}

export function CopyButton({ text, label, caption, className }: CopyButtonProps) {
  const { state, copy } = useCopy();
  const icon = ICONS[state];
  const copyNow = () => copy(typeof text === 'string' ? text : text());
  const shown = state === 'idle' ? label : SAID[state];
  const rest = className === undefined ? {} : { className };
  if (caption === undefined) return <IconButton label={shown} icon={icon} onClick={copyNow} {...rest} />;
  return (
    <Button variant="plain" icon={icon} aria-label={shown} title={shown} onClick={copyNow} {...rest}>
      {state === 'idle' ? caption : SAID[state]}
    </Button>
  );
}
