import { Check, Copy } from 'lucide-react';
import { Button, IconButton } from './button';
import { useCopy } from './use-copy';

interface CopyButtonProps {
  // A function when the text depends on the moment.
  text: string | (() => string);
  label: string;
  // With a caption it is a labelled button, without one an icon.
  caption?: string;
  className?: string;
}

export function CopyButton({ text, label, caption, className }: CopyButtonProps) {
  const { copied, copy } = useCopy();
  const icon = copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />;
  const copyNow = () => copy(typeof text === 'string' ? text : text());
  const shown = copied ? 'Copied' : label;
  const rest = className === undefined ? {} : { className };
  if (caption === undefined) return <IconButton label={shown} icon={icon} onClick={copyNow} {...rest} />;
  return (
    <Button variant="plain" icon={icon} aria-label={shown} title={shown} onClick={copyNow} {...rest}>
      {copied ? 'Copied' : caption}
    </Button>
  );
}
